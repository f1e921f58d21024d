"""The pages on a server: workers compute, the queue shows its places, a restart keeps results."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import cli
from app_pages.edit_scenario import before_after
from app_pages.ledger_page import verify_job
from app_pages.ledger_page.session import inputs_now
from app_pages.panel import share_range
from app_pages.report_page import files
from app_pages.runs import server_queue
from app_pages.runs.server_queue import in_worker
from app_pages.runs.studies import on_study
from app_pages.shell import study_jobs
from app_pages.siting_page import jobs as siting_jobs
from app_pages.siting_page.asked import Asked
from geo.base.progress import Progress
from layers.print_map.layer_map import MapOptions
from layers.report.options import ReportOptions
from server.runs.queue import RunQueue
from server.runs.task import Task
from tests.app.conftest import APP
from tests.worlds.tiny_study import write_study

Open = Callable[..., AppTest]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The hand-countable study."""
    return write_study(tmp_path / "tiny")


@pytest.fixture
def queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache_folder: Path
) -> Iterator[RunQueue]:
    """The queue of a server with one worker."""
    file = tmp_path / "server.toml"
    file.write_text('studies = "."\n[limits]\nqueue = 1\nruns_per_user = 2\n', encoding="utf-8")
    monkeypatch.setenv("QUARTERHOUR_CACHE", str(cache_folder))
    monkeypatch.setenv("QUARTERHOUR_SERVER", str(file))
    found = server_queue.run_queue()
    assert found is not None
    yield found
    server_queue.close_queue()


def shown(app: AppTest) -> str:
    """All HTML of the page."""
    return "\n".join(element.proto.body for element in app.get("html"))


def here(*given: Any, **named: Any) -> Any:
    """In place of heavy work: nobody may do it in this process."""
    raise AssertionError("computed in the process of the server")


def blocked(queue: RunQueue, tmp_path: Path, user: str = "wang") -> Path:
    """Let somebody else's run hold the worker until the file exists."""
    file = tmp_path / f"go-{user}"
    task = Task("tests.worlds.run_tasks:wait_for_file", {"file": str(file)})
    queue.submit(user, task)
    return file


def session(study: Path, monkeypatch: pytest.MonkeyPatch, lang: str) -> AppTest:
    monkeypatch.setenv("QUARTERHOUR_STUDY", str(study))
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["lang"] = lang
    return app.run()


def bar(app: AppTest, text: str) -> None:
    """Wait until the bar of progress says `text`."""
    until = time.monotonic() + 30
    while not any(text in one.proto.text for one in app.get("progress")):
        assert time.monotonic() < until, [one.proto.text for one in app.get("progress")]
        time.sleep(0.1)
        app.run()


def test_a_worker_computes_and_the_result_outlives_the_server(
    open_app: Open, study: Path, queue: RunQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo.pipeline.read_inputs", here)
    monkeypatch.setattr("geo.questions.layer_runs.run_layer", here)
    app = open_app(study, "en")
    assert not app.exception
    for key, value in {"unit": "U2", "click": "put", "put": ((114.32, 30.5),)}.items():
        app.session_state[key] = value
        app.run()
        assert not app.exception
    assert "40.0%" in shown(app) and "80.0%" in shown(app), "trials are answered here"
    server_queue.close_queue()
    st.cache_resource.clear()
    monkeypatch.setattr("server.runs.queue.WorkerProcess", here)
    assert "40.0%" in shown(open_app(study, "en")), "kept for the next server"


def test_the_place_in_the_queue_and_a_cancel(
    study: Path, queue: RunQueue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    go = blocked(queue, tmp_path)
    ann = session(study, monkeypatch, "en")
    bar(ann, "place 1 in the queue")
    bob = session(study, monkeypatch, "zh-CN")
    bar(bob, "排第 1 位")
    assert queue.counts() == (1, 1), "one run for both"
    ann.button(key="cancel").click().run()
    assert "cancelled" in ann.info[0].value
    assert queue.counts() == (1, 1), "bob still waits for it"
    bob.button(key="cancel").click().run()
    until = time.monotonic() + 30
    while queue.counts() != (0, 1):
        assert time.monotonic() < until
        time.sleep(0.05)
    go.write_text("")


def test_a_full_queue_refuses_with_one_line(
    study: Path, queue: RunQueue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    goes = [blocked(queue, tmp_path, user) for user in ("wang", "chen")]
    app = session(study, monkeypatch, "en")
    until = time.monotonic() + 30
    while "queue is full" not in shown(app):
        assert time.monotonic() < until
        time.sleep(0.05)
        app.run()
    assert "Please fix" not in shown(app), "nothing is wrong with the study"
    for go in goes:
        go.write_text("")
    while queue.counts() != (0, 0):
        assert time.monotonic() < until
        time.sleep(0.05)
    next(button for button in app.button if button.label == "Compute again").click().run()
    while any(button.key == "cancel" for button in app.button):
        assert time.monotonic() < until + 60
        time.sleep(0.1)
        app.run()
    assert "40.0%" in shown(app)


def test_all_heavy_work_is_done_by_workers_as_it_is_done_here(
    study: Path, queue: RunQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    for layer in ("station", "parking"):
        assert cli.main(["ledger", str(study), "open", "--layer", layer, "--by", "甲"]) == 0
    (study / "scenarios").mkdir()
    plan = '[[changes]]\ndo = "close_site"\nlayer = "station"\nid = "S1"\n'
    (study / "scenarios" / "甲.toml").write_text(plan, encoding="utf-8")
    computed = study_jobs.study_job(str(study), "present").result(60)
    local = replace(computed, ref=None)
    submitted: list[str] = []
    own = queue.submit

    def submit(user: str, task: Task) -> Any:
        submitted.append(task.arguments.get("function", task.function))
        return own(user, task)

    monkeypatch.setattr(queue, "submit", submit)
    asked = Asked(key="present", layer="station", sites=1, source="streets:200", seconds=5.0)
    inputs = inputs_now(str(study), "present")
    case = verify_job._Asked("ann", 1, str(study), "present", inputs, "张三", False)
    map_options = MapOptions(made_on=date(2026, 11, 30))
    works: list[tuple[Callable[..., Any], dict[str, Any], Callable[[Any], Any]]] = [
        (share_range.ranges, {}, lambda found: found.layers["station"].range),
        (
            before_after.states_compared,
            {"before": "", "after": "甲", "locale": "en"},
            lambda found: (found.rows, found.lines),
        ),
        (verify_job.recomputed, {"asked": case, "locale": "en"}, lambda found: sorted(found.cases)),
        (files.tables_by_county, {"locale": "en"}, len),
        (
            files.one_map,
            {"layer": "station", "locale": "en", "kind": "svg", "options": map_options},
            lambda found: found[:5],
        ),
    ]
    for work, arguments, part in works:
        there, here = (
            part(on_study(one, work, Progress(), user="ann", **arguments))
            for one in (computed, local)
        )
        assert there == here, work
    told: list[Any] = []
    found = on_study(
        computed, siting_jobs.proposed, Progress(), user="ann", told=told.append, asked=asked
    )
    assert found.error is None and len(found.found.table) == 1
    chapter = {"locale": "en", "kind": "html", "template": b"", "scenario": None}
    options = ReportOptions(sections=("summary",), made_on=date(2026, 11, 30))
    page = on_study(computed, files.chapter, Progress(), user="ann", options=options, **chapter)
    assert b"<html" in page and len(submitted) == len(works) + 2
    report = in_worker(
        queue, "ann", Task("app_pages.manage_data.quality:checked", {"folder": str(study)}),
        Progress(),
    )  # fmt: skip
    assert "off_network" in report.quality["problem"].tolist()
