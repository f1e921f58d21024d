"""Errors and findings in the words of the pages, which know no study.toml and no keys."""

from __future__ import annotations

import re
from typing import Any

from geo.base.errors import QuarterhourError
from layers.words.catalogue import Words

__all__ = ["field_name", "page_error", "page_problem"]

# Key of study.toml → the label of its control on the pages, where that is no `data.column.<key>`.
_LABELS = {"parents": "data.parents", "bands": "data.bands_of_demand", "level": "data.level"}
# What errors in a file of candidates name in place of a layer.
_CANDIDATES = "--candidates"
_KEY = re.compile(r"(layers|units|demand|network)(?:\[\d+\])?((?:\.[^.]+)*)", re.DOTALL)


def page_error(error: QuarterhourError, words: Words) -> list[str]:
    """One line for each problem that the error holds."""
    params, code = dict(error.params), error.code
    own = f"page.error.{code}"
    if str(params.get("field", "")).startswith(_CANDIDATES):
        params["field"] = str(params["field"]).replace(_CANDIDATES, "layers", 1)
        own = "propose.no_column" if code == "column_missing" else own
    if "field" in params:
        field = str(params["field"])
        # A key that nobody knows has no control; its own name is what must be corrected.
        unknown = code.startswith("unknown_key")
        params["field"] = field.rpartition(".")[2] if unknown else field_name(field, words)
    lines = [words(own if own in words else f"error.{code}", **params)]
    for other in getattr(error, "others", ()):
        lines.extend(page_error(other, words))
    return list(dict.fromkeys(lines))


def page_problem(code: str, values: dict[str, Any], words: Words) -> str:
    """A finding of the quality report."""
    named = values | {"field": field_name(str(values["field"]), words)}
    own = f"page.quality.{code}"
    return words.get(own if own in words else f"quality.{code}", default=code, **named)


def field_name(field: str, words: Words) -> str:
    """A key such as ``layers[7].lon`` by the label of its control; any other name as it is."""
    found = _KEY.fullmatch(field)
    if found is None:
        return field
    section = "layer" if found[1] == "layers" else found[1]
    parts = [part for part in found[2].split(".") if part]
    if parts and parts[0] == "only":
        return parts[-1]
    if parts:
        for key in (_LABELS.get(parts[0], ""), f"data.column.{parts[0]}"):
            if key in words:
                return words(key)
    return words(f"page.section.{section}")
