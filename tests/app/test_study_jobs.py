"""The job of a study: it reads the study once, and no session can stop that of another one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app_pages.server import compute_first_study
from app_pages.shell import state, study_jobs
from geo import pipeline
from geo.base.progress import Progress
from geo.study.load import load_study
from tests.app.conftest import APP
from tests.worlds.tiny_study import write_study

Open = Callable[..., AppTest]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The hand-countable study."""
    return write_study(tmp_path / "tiny")


def shown(app: AppTest) -> str:
    """All HTML of the page."""
    return "\n".join(element.proto.body for element in app.get("html"))


def test_a_study_is_read_and_searched_once_for_all_questions(
    open_app: Open, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for module, name in (
        ("geo.pipeline", "read_inputs"),
        ("geo.questions.layer_runs", "run_layer"),
    ):
        own = getattr(__import__(module, fromlist=[name]), name)

        def counted(*given: Any, own: Any = own, name: str = name, **named: Any) -> Any:
            calls.append(name)
            return own(*given, **named)

        monkeypatch.setattr(f"{module}.{name}", counted)
    app = open_app(study, "en")
    for key, value in {"unit": "U2", "click": "put", "put": ((114.32, 30.5),)}.items():
        app.session_state[key] = value
        app.run()
        assert not app.exception
    assert "40.0%" in shown(app) and "80.0%" in shown(app)  # before and after the trial site
    assert calls.count("read_inputs") == 1
    assert calls.count("run_layer") == 3, "once for each layer"


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Studies are opened once the event is set; until then the work reports all the time."""
    own, free = pipeline.open_explorer, threading.Event()

    def explorer(*given: Any, progress: Progress, **named: Any) -> Any:
        while not free.wait(0.01):
            progress.step()
        return own(*given, progress=progress, **named)

    monkeypatch.setattr("geo.pipeline.open_explorer", explorer)
    yield free
    free.set()


def session(study: Path, monkeypatch: pytest.MonkeyPatch, cache_folder: Path) -> AppTest:
    """A session that has opened the app."""
    monkeypatch.setenv("QUARTERHOUR_STUDY", str(study))
    monkeypatch.setenv("QUARTERHOUR_CACHE", str(cache_folder))
    app = AppTest.from_file(str(APP), default_timeout=120)
    app.query_params["lang"] = "en"
    return app.run()


def buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_a_cancel_does_not_stop_the_computation_of_another_session(
    study: Path, monkeypatch: pytest.MonkeyPatch, cache_folder: Path, held: threading.Event
) -> None:
    ann, bob = (session(study, monkeypatch, cache_folder) for _ in range(2))
    ann.button(key="cancel").click().run()
    assert "cancelled" in ann.info[0].value and "Compute again" in buttons(ann)
    assert "Cancel" in buttons(bob.run()), "the computation of bob goes on"
    held.set()
    while "Cancel" in buttons(bob):
        bob.run()
    assert "40.0%" in shown(bob) and not bob.info
    assert "40.0%" in shown(ann.run()), "the result serves ann, too"


def test_the_only_session_s_cancel_stops_the_computation(
    study: Path, monkeypatch: pytest.MonkeyPatch, cache_folder: Path, held: threading.Event
) -> None:
    app = session(study, monkeypatch, cache_folder)
    app.button(key="cancel").click().run()
    while "Cancel" in buttons(app):
        app.run()
    assert "cancelled" in app.info[0].value
    assert not [one for one in threading.enumerate() if one.name == "quarterhour-job"]
    held.set()
    next(button for button in app.button if button.label == "Compute again").click().run()
    while "Cancel" in buttons(app):
        app.run()
    assert "40.0%" in shown(app)


def test_the_first_study_is_computed_before_a_page_asks(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERHOUR_STUDY", str(study))
    compute_first_study()
    key = state.analysis_key(load_study(study))
    started: list[object] = []
    monkeypatch.setattr(study_jobs, "SharedJob", lambda *_, **__: started.append(1))
    job = study_jobs.study_job(str(study), key)
    assert not started, "the page takes the same job"
    assert job.result(60).analysis.summary["layers"]


def test_a_first_study_that_cannot_be_read_is_left_to_the_page(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERHOUR_STUDY", str(study))
    (study / "study.toml").write_text("[study", encoding="utf-8")
    compute_first_study()
    monkeypatch.setenv("QUARTERHOUR_STUDY", str(study / "absent"))
    compute_first_study()
