"""An office's server on a folder: its studies, server.toml, and people who act in a test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from geo.base.access.guard import acting_as
from server.access import PersonGuard
from server.person import Person
from tests.worlds.hand_study import write_hand_study

__all__ = ["Office", "open_office"]

_TOML = """studies = "studies"
contact = "张三 8001"
[auth]
mode = "header"
trusted_proxies = ["127.0.0.1"]
{more}
"""
_GRANT = """
[[grants]]
user = "{user}"
role = "{role}"
study = "{study}"
unit = "{unit}"
sign = {sign}
"""


class Office:
    """A server whose grants a test sets.

    Attributes
    ----------
    folder, studies : Path
        The folder of server.toml and that of the studies.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.studies = folder / "studies"
        self.studies.mkdir(parents=True)
        self.toml = folder / "server.toml"
        self._more, self._grants = "", ""
        self._write()

    def set(self, more: str) -> None:
        """Add sections to server.toml."""
        self._more = more
        self._write()

    def grant(
        self, user: str, role: str, study: str = "*", unit: str = "", *, sign: bool = False
    ) -> None:
        """Add a grant to server.toml."""
        self._grants += _GRANT.format(
            user=user, role=role, study=study, unit=unit, sign=str(sign).lower()
        )
        self._write()

    def without_grants(self) -> None:
        """Take all grants away."""
        self._grants = ""
        self._write()

    def study(self, name: str) -> Path:
        """A study that can be counted by hand: u1 and u2 in 甲市/市辖区, u3 in 乙市/市辖区."""
        return write_hand_study(self.studies / name)

    @contextmanager
    def acting(self, user: str) -> Iterator[Person]:
        """Act for a person."""
        person = Person(user, "10.0.0.7")
        with acting_as(PersonGuard(person)):
            yield person

    def audit(self) -> list[dict[str, Any]]:
        """The lines of the audit log."""
        path = self.folder / "audit.jsonl"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def _write(self) -> None:
        self.toml.write_text(_TOML.format(more=self._more) + self._grants, encoding="utf-8")


def open_office(folder: Path, patch: pytest.MonkeyPatch) -> Office:
    """An office on a new folder, whose server this process belongs to."""
    office = Office(folder / "office")
    patch.setenv("QUARTERHOUR_SERVER", str(office.toml))
    patch.setenv("QUARTERHOUR_STUDIES", str(office.studies))
    patch.setenv("QUARTERHOUR_STATE", str(folder / "state"))
    patch.delenv("QUARTERHOUR_STUDY", raising=False)
    return office
