"""The database of a study's ledger: connection, transactions, versions, copies, hash chain.

No other module imports apsw. Writes are transactions that begin with BEGIN IMMEDIATE, on a
write-ahead log that is flushed with every commit: what a command has acknowledged survives a kill
and a power cut.
"""

from __future__ import annotations

import json
import random
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self

import apsw

from geo.base.errors import OutputError
from geo.base.files import atomic_path, output_errors, write_atomic
from ledger.access import LedgerAccess
from ledger.audit import ChainCheck, check_chain, entry_hash, entry_text
from ledger.connection import COPIES, DATABASE, ID_FILE, refuse_network_share
from ledger.errors import LedgerError
from ledger.schema import MIGRATIONS

__all__ = ["Database", "check_copy", "copy_database"]

_BUSY_S = 15.0
# SQLite's own waiting grows to 0.1 s a step, which many writers at once would feel.
_STEP_S = 0.002
_KEPT_COPIES = 14


class Database:
    """The database of one study's ledger, for one thread.

    Parameters
    ----------
    folder : Path
        The study's folder.
    create : bool
        Begin a ledger where there is none.

    Raises
    ------
    LedgerError
        There is none (``ledger_none``), it belongs to another study (``ledger_copied``), is lost
        (``ledger_lost``), damaged (``ledger_broken``), made by a later version
        (``ledger_newer``), or lies on a network share (``ledger_network_share``).
    AccessError
        Whoever acts may not open the study, or not begin a ledger.
    OutputError
        The folder cannot be written, or the disk is full.
    """

    def __init__(self, folder: Path, *, create: bool = True) -> None:
        self.folder = Path(folder)
        self.path = self.folder / DATABASE
        self._id_file = self.folder / ID_FILE
        self.access = LedgerAccess(self.folder)
        refuse_network_share(self.folder)
        if not self.path.exists():
            if self._id_file.exists():
                raise LedgerError("ledger_lost", file=str(self.path))
            if not create:
                raise LedgerError("ledger_none", file=str(self.folder))
            self.access.demand_begin()
        with self._errors():
            self._db = self._connect()
        try:
            self._migrate()
            self._check_id()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the database; the log is folded in where nobody else has it open."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- connection, versions, identity -----------------------------------------------------------

    def _connect(self) -> apsw.Connection:
        db = apsw.Connection(str(self.path))
        waiting = [0.0]

        def wait(tries: int) -> bool:
            now = time.monotonic()
            waiting[0] = now if tries == 0 else waiting[0]
            time.sleep(_STEP_S * random.uniform(0.5, 1.5))
            return now - waiting[0] < _BUSY_S

        db.set_busy_handler(wait)
        if _write_ahead(db) != "wal":
            db.close()
            raise LedgerError("ledger_network_share", file=str(self.folder))
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        # Text of strangers may stand in the database, but no SQL of theirs.
        db.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
        db.execute("PRAGMA trusted_schema = OFF")
        return db

    def _migrate(self) -> None:
        version = self._version()
        if version > len(MIGRATIONS):
            raise LedgerError("ledger_newer", file=str(self.path))
        if 0 < version < len(MIGRATIONS):
            self._copy_all(self._copy(f"before-version-{len(MIGRATIONS)}"))
        while self._version() < len(MIGRATIONS):
            with self.writing(daily=False):
                done = self._version()
                if done < len(MIGRATIONS):
                    self._db.execute(MIGRATIONS[done])
                    if done == 0:
                        self._begin_history()
                    self._db.execute(f"PRAGMA user_version = {done + 1}")

    def _version(self) -> int:
        with self._errors():
            return int(_value(self._db, "PRAGMA user_version"))

    def _begin_history(self) -> None:
        """The first entry holds the id that also stands beside the database."""
        own = self._read_id() or secrets.token_hex(16)
        # Before the commit: a database without its id would be one copied from elsewhere.
        write_atomic(self._id_file, (own + "\n").encode())
        self.append({"action": "begin", "id": own})

    def _read_id(self) -> str:
        try:
            return self._id_file.read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return ""

    def _check_id(self) -> None:
        own = self._read_id()
        if not own or self.identity() != own:
            raise LedgerError("ledger_copied", file=str(self.path), id_file=ID_FILE)

    def identity(self) -> str:
        """The id in the first entry of the history; that beside the database where it was changed.

        A changed first entry is found by `check_chain`, which must be able to look.
        """
        with self._errors():
            row = self._db.execute("SELECT entry, hash FROM history WHERE number = 1").fetchone()
        try:
            text, stored = row or ("", "")
            found = str(json.loads(text)["id"])
        except (TypeError, ValueError, KeyError):
            return self._read_id()
        return found if entry_hash("", text) == stored else self._read_id()

    @contextmanager
    def _errors(self, path: Path | None = None) -> Iterator[None]:
        """Errors of SQLite in our own words."""
        file = str(path or self.path)
        try:
            yield
        except apsw.FullError as error:
            raise OutputError("disk_full", file=file, reason=str(error)) from error
        except (apsw.BusyError, apsw.LockedError) as error:
            raise LedgerError("ledger_busy", file=file) from error
        except (apsw.CorruptError, apsw.NotADBError) as error:
            raise LedgerError("ledger_broken", file=file) from error
        except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
            raise OutputError("output_locked", file=file) from error
        except apsw.IOError as error:
            with output_errors(Path(file)):
                raise OSError(None, str(error)) from error

    @contextmanager
    def writing(self, *, daily: bool = True) -> Iterator[None]:
        """One transaction; nothing of it stays if the block raises.

        Raises
        ------
        OutputError
            The disk is full.
        LedgerError
            Others write without a pause (``ledger_busy``).
        """
        self.access.begin()
        if daily:
            self._copy_of_today()
        with self._errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        self.access.committed()

    # -- copies -----------------------------------------------------------------------------------

    def _copy(self, name: str) -> Path:
        return self.folder / COPIES / f"{name}.db"

    def _copy_of_today(self) -> None:
        """The state before the first write of a day."""
        target = self._copy(f"ledger-{date.today().isoformat()}")
        if not target.exists():
            self._copy_all(target)
            for old in sorted(target.parent.glob("ledger-????-??-??.db"))[:-_KEPT_COPIES]:
                old.unlink(missing_ok=True)

    def copy_to(self, target: Path) -> None:
        """Copy the whole ledger into one file, while others go on writing.

        Raises
        ------
        AccessError
            Whoever acts may not read all of it.
        OutputError
            `target` cannot be written, or the disk is full.
        """
        self.access.demand_read("")
        self._copy_all(target)

    def _copy_all(self, target: Path) -> None:
        with self._errors(target):
            _copy(self._db, target)

    def replace_by(self, source: Path, *, author: str) -> None:
        """Put a copy of this ledger in the place of its present state, which is kept as a copy.

        Raises
        ------
        LedgerError
            `source` is no ledger (``ledger_not_one``), damaged, or of another study
            (``ledger_copied``).
        """
        self.access.demand_write("")
        check_copy(source, self.identity())
        head = self.head()
        self._copy_all(self._copy(f"before-restore-{datetime.now():%Y%m%d-%H%M%S}"))
        with self._errors():
            given = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)
            try:
                with self._db.backup("main", given, "main") as backup:
                    backup.step(-1)
            finally:
                given.close()
            _write_ahead(self._db)
        self._migrate()
        with self.writing(daily=False):
            self.append(
                {"action": "restore", "author": author, "file": source.name, "replaced": head}
            )

    # -- history ----------------------------------------------------------------------------------

    def append(self, entry: Mapping[str, Any]) -> str:
        """Add an entry to the history, in a transaction (`writing`); returns its hash.

        Raises
        ------
        AccessError
            Whoever acts may not write it (`LedgerAccess.check_entry`).
        """
        self.access.check_entry(entry, self._unit_of)
        last = self._db.execute("SELECT number, hash FROM history ORDER BY number DESC LIMIT 1")
        number, before = last.fetchone() or (0, "")
        moment = datetime.now().astimezone().isoformat(timespec="milliseconds")
        text = entry_text({"number": number + 1, "time": moment, **entry})
        found = entry_hash(before, text)
        self._db.execute(
            "INSERT INTO history (number, case_id, entry, hash) VALUES (?, ?, ?, ?)",
            (number + 1, str(entry.get("case", "")), text, found),
        )
        return found

    def _unit_of(self, case: str) -> str:
        """The unit of a case; "" without one."""
        return str(_value(self._db, "SELECT unit_id FROM cases WHERE id = ?", int(case)) or "")

    def head(self) -> str:
        """The hash of the last entry."""
        with self._errors():
            return str(
                _value(self._db, "SELECT hash FROM history ORDER BY number DESC LIMIT 1") or ""
            )

    def check_chain(self, head: str | None = None) -> ChainCheck:
        """Check the history from its beginning (`ledger.audit.check_chain`)."""
        with self._errors():
            rows = self._db.execute(
                "SELECT number, case_id, entry, hash FROM history ORDER BY number"
            )
            return check_chain(rows, first_id=self._read_id(), head=head)


def copy_database(source: Path, target: Path) -> None:
    """Copy a checked backup (`check_copy`) to where a database was, whole or not at all."""
    given = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        _copy(given, target)
    finally:
        given.close()


def _copy(source: apsw.Connection, target: Path) -> None:
    with atomic_path(target) as temporary:
        copied = apsw.Connection(str(temporary))
        try:
            with copied.backup("main", source, "main") as backup:
                backup.step(-1)
            # One file, without a log beside it.
            _value(copied, "PRAGMA journal_mode = DELETE")
        finally:
            copied.close()


def _write_ahead(db: apsw.Connection) -> str:
    """Switch to the write-ahead log; SQLite does not wait here for others that open it, too."""
    until = time.monotonic() + _BUSY_S
    while True:
        try:
            return str(_value(db, "PRAGMA journal_mode = WAL"))
        except apsw.BusyError:
            if time.monotonic() > until:
                raise
            time.sleep(_STEP_S)


def check_copy(source: Path, identity: str) -> str:
    """Refuse a file that is no whole copy of the ledger with this id; returns its id.

    Parameters
    ----------
    identity : str
        Empty accepts any ledger.

    Raises
    ------
    LedgerError
        ``ledger_not_one``, ``ledger_broken``, ``ledger_newer`` or ``ledger_copied``.
    """
    if not source.is_file():
        raise LedgerError("ledger_not_one", file=str(source))
    try:
        given = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)
    except apsw.Error as error:
        raise LedgerError("ledger_not_one", file=str(source)) from error
    try:
        given.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
        version = int(_value(given, "PRAGMA user_version"))
        if version > len(MIGRATIONS):
            raise LedgerError("ledger_newer", file=str(source))
        # Tables and triggers exactly as ours: a file from elsewhere brings no SQL of its own.
        if version == 0 or _schema(given) != _own_schema(version):
            raise LedgerError("ledger_not_one", file=str(source))
        if _value(given, "PRAGMA integrity_check") != "ok":
            raise LedgerError("ledger_broken", file=str(source))
        own = str(json.loads(_value(given, "SELECT entry FROM history WHERE number = 1"))["id"])
        rows = given.execute("SELECT number, case_id, entry, hash FROM history ORDER BY number")
        found = check_chain(rows, first_id=own)
        if not found.holds:
            raise LedgerError("ledger_chain_broken", number=found.broken, file=str(source))
    except (apsw.Error, ValueError, KeyError, TypeError) as error:
        if isinstance(error, LedgerError):
            raise
        raise LedgerError("ledger_not_one", file=str(source)) from error
    finally:
        given.close()
    if identity and own != identity:
        raise LedgerError("ledger_copied", file=str(source), id_file=ID_FILE)
    return own


def _schema(db: apsw.Connection) -> list[tuple[Any, ...]]:
    return db.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").fetchall()


def _own_schema(version: int) -> list[tuple[Any, ...]]:
    db = apsw.Connection(":memory:")
    for step in MIGRATIONS[:version]:
        db.execute(step)
    return _schema(db)


def _value(db: apsw.Connection, sql: str, *given: Any) -> Any:
    row = db.execute(sql, given).fetchone()
    return row[0] if row else None
