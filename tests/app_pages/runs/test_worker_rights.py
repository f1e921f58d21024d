"""A worker does a run with the rights of the person whose run it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app_pages.runs import server_queue
from app_pages.runs.server_queue import in_worker
from app_pages.runs.studies import study_ref, study_task
from geo.analysis import Analysis
from geo.base.access.guard import AccessError
from geo.base.progress import Progress
from tests.worlds.office_server import Office, open_office


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A server with one worker."""
    monkeypatch.setenv("QUARTERHOUR_CACHE", str(tmp_path / "cache"))
    yield open_office(tmp_path, monkeypatch)
    server_queue.close_queue()


def _analysis(office: Office, user: str, folder: Path) -> Analysis:
    queue = server_queue.run_queue()
    assert queue is not None
    with office.acting(user):
        task = study_task(study_ref(str(folder)))
        found: Analysis = in_worker(queue, user, task, Progress())[0]
    return found


def test_a_person_of_a_unit_gets_that_unit_alone(office: Office) -> None:
    folder = office.study("one")
    office.grant("boss", "viewer", "one")
    office.grant("li", "viewer", "one", "u2")
    assert set(_analysis(office, "boss", folder).areas["unit_id"]) == {"u1", "u2", "u3"}
    # The result of the whole study is kept by now, and is not that of this person.
    assert set(_analysis(office, "li", folder).areas["unit_id"]) == {"u2"}
    with pytest.raises(AccessError):
        _analysis(office, "zhao", folder)
