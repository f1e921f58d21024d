"""What a layer is computed from: an id, and what the ledger keeps of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from geo.base.checksums import digest
from geo.coverage.summary import analysis_id
from geo.questions.explorer import Explorer
from ledger.evidence.coverage import sites_text
from ledger.evidence.parameters import inputs_hash, locked_parameters, parameters_text

__all__ = ["run_of"]


def run_of(
    explorer: Explorer, layer: str, *, inputs: str | None = None
) -> tuple[str, dict[str, str]]:
    """The id of a computation, and what the ledger keeps of it.

    Parameters
    ----------
    inputs : str, optional
        Hash of the study's inputs, where it is known already.
    """
    study = explorer.study
    parameters = parameters_text(locked_parameters(study, [layer]))
    keys = [known.key for known in study.layers]
    counted = [asdict(count) for count in explorer.inputs.quality.inputs]
    run = {
        "made_at": datetime.now().astimezone().isoformat(timespec="seconds"),
        "analysis_id": analysis_id(study.parameters(), counted, keys),
        "layer": layer,
        "inputs": inputs_hash(study) if inputs is None else inputs,
        "parameters": parameters,
        "parameters_hash": digest(parameters),
        "sites": sites_text(explorer.inputs.sites[layer]),
    }
    return digest(run["analysis_id"], layer, run["inputs"], parameters), run
