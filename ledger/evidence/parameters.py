"""Parameters that are locked for a period or kept from the opening of a case, and inputs by hash.

Locked is how the coverage is decided: rule, limit, profile, direction and demand of each layer,
speeds, and how far points may be from a road. Where the data lie is not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from geo.base.checksums import digest
from geo.base.files import file_sha256
from geo.study.keys import RULE, keys_of
from geo.study.model import Layer, ProfileInput, Study

__all__ = ["inputs_hash", "locked_parameters", "parameters_text", "with_parameters"]

# Names may change; the rule itself belongs to the layer's file, and is locked all the same.
_KEYS = (*(name for name in keys_of(Layer, RULE) if name not in ("service", "title")), "rule")
_NETWORK = ("max_access_m", "horizon_minutes")


def locked_parameters(study: Study, layers: Sequence[str] | None = None) -> dict[str, Any]:
    """How these layers (all by default) are decided, as plain JSON values."""
    keys = [layer.key for layer in study.layers] if layers is None else list(layers)
    profiles = {
        name: profile.model_dump(mode="json", exclude_none=True)
        for name, profile in study.profiles.items()
    }
    return {
        "profiles": profiles,
        "network": {name: getattr(study.network, name) for name in _NETWORK},
        "layers": {
            key: study.layer(key).model_dump(mode="json", by_alias=True, include={*_KEYS})
            for key in keys
        },
    }


def parameters_text(parameters: dict[str, Any]) -> str:
    """Parameters as text, the same text for the same parameters."""
    return json.dumps(parameters, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def with_parameters(study: Study, text: str) -> Study:
    """The study, decided by locked parameters; layers that they do not name stay as they are."""
    locked = json.loads(text)
    layers = tuple(_layer(layer, locked["layers"].get(layer.key)) for layer in study.layers)
    profiles = {
        name: ProfileInput.model_validate(value) for name, value in locked["profiles"].items()
    }
    network = study.network.model_copy(update=locked["network"])
    if (layers, profiles, network) == (study.layers, study.profiles, study.network):
        return study
    return study.model_copy(update={"layers": layers, "profiles": profiles, "network": network})


def _layer(layer: Layer, locked: dict[str, Any] | None) -> Layer:
    if locked is None:
        return layer
    # Checked as study.toml is, so that lists become what the model holds.
    own = layer.model_dump(by_alias=True, exclude={*_KEYS}, exclude_unset=True)
    checked = Layer.model_validate({**own, **locked})
    return layer.model_copy(update={name: getattr(checked, name) for name in _KEYS})


def inputs_hash(study: Study) -> str:
    """SHA-256 over the study's parameters and all files that it names.

    Raises
    ------
    StudyError
        A file is missing.
    """
    files = [(name, file_sha256(study.file(name))) for name in study.files]
    return digest(study.parameters(), files)
