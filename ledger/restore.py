"""Brings a ledger back from a backup, whatever is left of the present one."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from geo.base.access import guard
from geo.base.files import output_errors, write_atomic
from ledger.connection import COPIES, DATABASE, ID_FILE, refuse_network_share
from ledger.database import Database, check_copy, copy_database
from ledger.errors import LedgerError

__all__ = ["restore_ledger"]


def restore_ledger(folder: Path, source: Path, *, by: str) -> None:
    """Put a backup in the place of the ledger of the study in `folder`.

    What stood there is kept beside it. A lost or damaged database is replaced, too. In a folder
    without a ledger, the backup becomes its ledger.

    Raises
    ------
    LedgerError
        `source` is no whole backup, or one of another study's ledger.
    AccessError
        Whoever acts may not change all of the study.
    OutputError
        The folder cannot be written, or the disk is full.
    """
    guard.demand("write", folder)
    refuse_network_share(folder)
    database, id_file = folder / DATABASE, folder / ID_FILE
    own = ""
    with suppress(OSError, ValueError):
        own = id_file.read_text(encoding="ascii").strip()
    if database.exists() and not own:
        raise LedgerError("ledger_copied", file=str(database), id_file=ID_FILE)
    identity = check_copy(source, own)
    try:
        with Database(folder, create=False) as store:
            store.replace_by(source, author=by)
        return
    except LedgerError as error:
        if error.code not in ("ledger_broken", "ledger_lost", "ledger_none"):
            raise
    _set_aside(folder)
    if not own:
        write_atomic(id_file, (identity + "\n").encode())
    copy_database(source, database)
    with Database(folder, create=False) as store, store.writing(daily=False):
        store.append({"action": "restore", "author": by, "file": source.name, "replaced": ""})


def _set_aside(folder: Path) -> None:
    """Keep what is left of a damaged database."""
    kept = folder / COPIES / f"damaged-{datetime.now():%Y%m%d-%H%M%S}"
    for end in ("", "-wal", "-shm"):
        path = folder / (DATABASE + end)
        if path.exists():
            with output_errors(path):
                kept.mkdir(parents=True, exist_ok=True)
                path.replace(kept / path.name)
