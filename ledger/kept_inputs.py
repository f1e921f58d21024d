"""The inputs of a locked period, zipped by hash, so that its figures can be computed again."""

from __future__ import annotations

from pathlib import Path

from geo.study.load import read_study
from geo.study.model import Study
from geo.workspace.pack import pack_study, unpack_study
from ledger.connection import INPUTS
from ledger.errors import LedgerError
from ledger.evidence.parameters import inputs_hash
from ledger.store import Store

__all__ = ["keep_inputs", "period_inputs", "unpack_inputs"]


def keep_inputs(study: Study) -> str:
    """Zip the study beside its ledger, unless the same inputs are kept already; returns their hash.

    Raises
    ------
    StudyError
        A file is missing.
    OutputError
        The folder cannot be written, or the disk is full.
    """
    found = inputs_hash(study)
    target = _file(Path(study.folder), found)
    if not target.exists():
        target.parent.mkdir(exist_ok=True)
        pack_study(study, target)
    return found


def period_inputs(store: Store, period: str) -> str:
    """The hash of the inputs that were kept when a period was locked.

    Raises
    ------
    LedgerError
        ``ledger_period_unknown``, also for a period whose inputs were not kept.
    """
    for entry in store.study_history():
        if entry["action"] == "lock" and entry["period"] == period and entry.get("inputs"):
            return str(entry["inputs"])
    known = ", ".join(name for name, _, _ in store.periods()) or "-"
    raise LedgerError("ledger_period_unknown", period=period, known=known)


def unpack_inputs(folder: Path, inputs: str, target: Path) -> Path:
    """Make a new study of kept inputs, and check that they are those of the hash.

    Raises
    ------
    LedgerError
        ``ledger_inputs_lost``: the file is missing, or holds other data.
    StudyError, OutputError
        As in `geo.workspace.pack.unpack_study`.
    """
    source = _file(folder, inputs)
    if not source.is_file():
        raise LedgerError("ledger_inputs_lost", file=str(source))
    found = unpack_study(source, source.name, target)
    if inputs_hash(read_study(found)) != inputs:
        raise LedgerError("ledger_inputs_lost", file=str(source))
    return found


def _file(folder: Path, inputs: str) -> Path:
    return folder / INPUTS / f"{inputs}.zip"
