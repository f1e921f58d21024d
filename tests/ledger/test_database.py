"""The database: identity, chain, copies, migrations, disk full, network shares, many writers."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import ledger.database
from geo.base.errors import OutputError
from ledger.connection import DATABASE, file_system
from ledger.database import Database
from ledger.errors import LedgerError
from ledger.ledger import Ledger, open_ledger
from ledger.restore import restore_ledger
from ledger.schema import MIGRATIONS
from tests.worlds.ledger_writers import ROOT, kill_while_migrating, kill_while_writing


def _filled(folder: Path, count: int = 5) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    with open_ledger(folder) as found:
        for number in range(count):
            found.add({"note": f"第{number}项"}, by="张三")
        return found.store.head()


def _plain_sql(folder: Path, *statements: str) -> None:
    """Change the history as someone with the file can: the triggers dropped first."""
    database = sqlite3.connect(folder / DATABASE)
    for name in ("history_no_update", "history_no_delete", "history_in_order"):
        database.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()


def test_settings_and_identity(ledger: Ledger) -> None:
    store = ledger.store
    for name, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
        assert store._db.execute(f"PRAGMA {name}").fetchone() == (value,)
    own = (store.folder / "ledger.id").read_text().strip()
    assert len(own) == 32 and store.history()[0]["id"] == own == store.identity()


def test_triggers_refuse_plain_changes(tmp_path: Path) -> None:
    _filled(tmp_path)
    database = sqlite3.connect(tmp_path / DATABASE)
    for statement in (
        "UPDATE history SET entry = '' WHERE number = 2",
        "DELETE FROM history WHERE number = 6",
        "INSERT INTO history VALUES (9, '', '{}', '')",
        "INSERT OR REPLACE INTO history VALUES (2, '', '{}', '')",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            database.execute(statement)
    database.close()


@pytest.mark.parametrize(
    "statements, broken",
    [
        (["UPDATE history SET entry = replace(entry, '第1项', '第9项') WHERE number = 3"], 3),
        (["UPDATE history SET hash = upper(hash) WHERE number = 4"], 4),
        (
            [
                "UPDATE history SET number = 100 WHERE number = 3",
                "UPDATE history SET number = 3 WHERE number = 4",
                "UPDATE history SET number = 4 WHERE number = 100",
            ],
            3,
        ),
        (["DELETE FROM history WHERE number = 2"], 2),
        (["DELETE FROM history WHERE number = 1"], 1),
        (
            ['UPDATE history SET entry = replace(entry, \'"id":"\', \'"id":"0\') WHERE number = 1'],
            1,
        ),
        (["UPDATE history SET entry = x'00ff' WHERE number = 5"], 5),
        (["DELETE FROM history WHERE number > 4"], None),
    ],
)
def test_verify_chain_names_the_first_entry_that_does_not_fit(
    tmp_path: Path, statements: list[str], broken: int | None
) -> None:
    head = _filled(tmp_path)
    _plain_sql(tmp_path, *statements)
    with open_ledger(tmp_path) as found:
        assert found.store.check_chain().broken == broken
        known = found.store.check_chain(head)
        assert not known.holds and known.broken == (broken or 5)


def test_a_ledger_of_another_study_is_refused(tmp_path: Path) -> None:
    _filled(tmp_path / "a")
    _filled(tmp_path / "b")
    shutil.copy(tmp_path / "a" / DATABASE, tmp_path / "b" / DATABASE)
    with pytest.raises(LedgerError) as caught, open_ledger(tmp_path / "b"):
        pass
    assert caught.value.code == "ledger_copied"
    (tmp_path / "c").mkdir()
    shutil.copy(tmp_path / "a" / DATABASE, tmp_path / "c" / DATABASE)
    with pytest.raises(LedgerError), open_ledger(tmp_path / "c"):
        pass
    (tmp_path / "a" / DATABASE).unlink()
    with pytest.raises(LedgerError) as lost, open_ledger(tmp_path / "a"):
        pass
    assert lost.value.code == "ledger_lost"
    with pytest.raises(LedgerError) as none, open_ledger(tmp_path, create=False):
        pass
    assert none.value.code == "ledger_none"


def test_a_damaged_file_and_a_later_version(tmp_path: Path) -> None:
    _filled(tmp_path)
    database = sqlite3.connect(tmp_path / DATABASE)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(LedgerError) as newer, open_ledger(tmp_path):
        pass
    assert newer.value.code == "ledger_newer"
    (tmp_path / DATABASE).write_bytes(b"not a database " * 500)
    with pytest.raises(LedgerError) as caught, open_ledger(tmp_path):
        pass
    assert caught.value.code == "ledger_broken"


def test_backup_and_restore(tmp_path: Path) -> None:
    study, copy = tmp_path / "study", tmp_path / "out" / "copy.db"
    _filled(study, 2)
    with open_ledger(study) as found:
        found.store.copy_to(copy)
        found.add({"note": "later"}, by="张三")
        replaced = found.store.head()
    assert [path.name for path in copy.parent.iterdir()] == ["copy.db"]
    restore_ledger(study, copy, by="李四")
    with open_ledger(study) as found:
        assert len(found.store.cases()) == 2 and found.store.check_chain().holds
        last = found.store.history()[-1]
        assert (last["action"], last["author"], last["replaced"]) == ("restore", "李四", replaced)
    kept = list((study / "ledger_copies").glob("before-restore-*.db"))
    assert sqlite3.connect(kept[0]).execute("SELECT count(*) FROM cases").fetchone() == (3,)


@pytest.mark.parametrize("damage", ["broken", "lost", "none"])
def test_restore_what_is_lost_or_damaged(tmp_path: Path, damage: str) -> None:
    study, copy = tmp_path / "study", tmp_path / "copy.db"
    _filled(study)
    with open_ledger(study) as found:
        found.store.copy_to(copy)
    (study / DATABASE).unlink()
    if damage == "broken":
        (study / DATABASE).write_bytes(b"\x00" * 9000)
    if damage == "none":
        (study / "ledger.id").unlink()
    restore_ledger(study, copy, by="李四")
    with open_ledger(study) as found:
        assert len(found.store.cases()) == 5 and found.store.check_chain().holds


def test_only_a_whole_copy_of_this_ledger_is_restored(tmp_path: Path) -> None:
    _filled(tmp_path / "a")
    _filled(tmp_path / "b")
    copy = tmp_path / "copy.db"
    with open_ledger(tmp_path / "a") as found:
        found.store.copy_to(copy)

    def refused(source: Path, folder: str = "a") -> str:
        with pytest.raises(LedgerError) as caught:
            restore_ledger(tmp_path / folder, source, by="李四")
        return caught.value.code

    assert refused(copy, "b") == "ledger_copied"
    assert refused(tmp_path / "missing.db") == "ledger_not_one"
    text = tmp_path / "text.db"
    text.write_text("kein Ledger")
    assert refused(text) == "ledger_not_one"
    (tmp_path / "x").mkdir()
    shutil.copy(copy, tmp_path / "x" / DATABASE)
    _plain_sql(tmp_path / "x", "UPDATE history SET hash = '' WHERE number = 3")
    # Without the triggers it is no ledger of ours; with a changed entry its chain is broken.
    assert refused(tmp_path / "x" / DATABASE) == "ledger_not_one"
    strange = sqlite3.connect(copy)
    strange.execute("CREATE TRIGGER evil AFTER INSERT ON cases BEGIN DELETE FROM runs; END")
    strange.commit()
    strange.close()
    assert refused(copy) == "ledger_not_one"


def test_a_copy_of_every_day(ledger: Ledger) -> None:
    ledger.add({}, by="张三")
    copies = ledger.store.folder / "ledger_copies"
    (copy,) = copies.iterdir()
    before = copy.read_bytes()
    ledger.add({}, by="张三")
    assert copy.read_bytes() == before
    for day in range(1, 20):
        (copies / f"ledger-2020-01-{day:02d}.db").touch()
    copy.unlink()
    ledger.add({}, by="张三")
    assert len(list(copies.iterdir())) == 14 and copy.exists()


def test_a_full_disk_is_one_clear_error_and_loses_nothing(ledger: Ledger) -> None:
    ledger.add({"note": "kept"}, by="张三")
    pages = ledger.store._db.execute("PRAGMA page_count").fetchone()[0]
    ledger.store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OutputError) as caught:
        for _ in range(200):
            ledger.set_fields("1", {"note": "长" * 9000}, by="张三")
    assert caught.value.code == "disk_full" and DATABASE in caught.value.params["file"]
    ledger.store._db.execute("PRAGMA max_page_count = 100000")
    case = ledger.store.case("1")
    assert ledger.store.check_chain().holds
    assert len(ledger.store.history("1")) == case.version
    assert ledger.set_fields("1", {"note": "again"}, by="张三").fields["note"] == "again"


def test_network_shares_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = "\n".join(
        [
            "/dev/sda / ext4 rw 0 0",
            "host:/x /mnt/share nfs4 rw 0 0",
            r"//h/y /mnt/a\040b cifs rw 0 0",
        ]
    )
    assert file_system(Path("/mnt/share/study"), mounts) == "nfs4"
    assert file_system(Path("/mnt/a b"), mounts) == "cifs"
    assert file_system(Path("/mnt/shared"), mounts) == "ext4"
    monkeypatch.setattr("ledger.connection._mounts", lambda: f"host:/x {tmp_path} nfs rw 0 0")
    with pytest.raises(LedgerError) as caught, open_ledger(tmp_path):
        pass
    assert caught.value.code == "ledger_network_share" and not list(tmp_path.iterdir())


def test_an_older_ledger_is_migrated_after_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger.database, "MIGRATIONS", MIGRATIONS[:1])
    Database(tmp_path).close()
    monkeypatch.undo()
    with open_ledger(tmp_path) as found:
        assert found.add({}, by="张三").id == "1" and found.store.check_chain().holds
    assert (tmp_path / "ledger_copies" / f"before-version-{len(MIGRATIONS)}.db").exists()


def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    kill_while_writing(tmp_path, rounds=2)


def test_killed_migrations_are_done_or_not(tmp_path: Path) -> None:
    kill_while_migrating(tmp_path, rounds=3)


_BEGIN = """
import sys
from pathlib import Path
from ledger.ledger import open_ledger
with open_ledger(Path(sys.argv[1])) as ledger:
    ledger.add({}, by="a")
"""


def test_three_programs_begin_one_ledger(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _BEGIN, str(tmp_path)]
    running = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]
    assert [one.wait() for one in running] == [0, 0, 0]
    with open_ledger(tmp_path) as found:
        assert len(found.store.cases()) == 3 and found.store.check_chain().holds
