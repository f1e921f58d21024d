"""Proposed sites from a siting question, from its scenario and from its files are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.base.errors import StudyError
from geo.pipeline import open_explorer
from geo.questions.explorer import Explorer
from geo.questions.siting.candidate_source import candidates_from
from geo.questions.siting.proposals import Proposals, propose
from geo.questions.siting.question import SitingQuestion
from geo.questions.siting.session import SitingSession
from geo.scenarios.proposed import (
    ProposedSites,
    proposed_in_scenario,
    proposed_of,
    read_proposed,
    scenario_of,
)
from geo.scenarios.store import load_scenario, save_scenario
from geo.siting.watch import Watch
from geo.study.load import load_study
from layers.export.proposals import asked_in_words, write_proposals
from tests.worlds.tiny_study import write_study


@pytest.fixture
def explorer(tmp_path: Path) -> Explorer:
    return open_explorer(load_study(write_study(tmp_path / "tiny")))


def _found(explorer: Explorer, **question: object) -> Proposals:
    asked = SitingQuestion(layer="station", method="mclp", **question)  # type: ignore[arg-type]
    return propose(
        SitingSession(explorer, asked, candidates_from(explorer, "station", "demand")), Watch(20)
    )


def _told(found: ProposedSites) -> list[object]:
    sites = found.sites.sort_values("order")
    served = found.served.sort_values("demand_id")[["demand_id", "order", "weight"]]
    return [
        sites[["order", "lon", "lat", "unit_id", "newly_covered", "phase"]].to_numpy().tolist(),
        sites["share_after"].round(6).tolist(),
        served.to_numpy().tolist(),
        (round(found.share_before, 6), round(found.share_after, 6)),
    ]


@pytest.mark.parametrize("question", [{"sites": 2, "phase1": 1}, {"sites": 1, "close": ("S1",)}])
def test_result_scenario_and_files_tell_the_same(
    explorer: Explorer, tmp_path: Path, question: dict[str, object]
) -> None:
    found, study = _found(explorer, **question), explorer.study
    direct = proposed_of(found)
    scenario = scenario_of(found, "A", note="note", named=lambda order: f"N{order}")
    save_scenario(study.folder, scenario)
    assert load_scenario(study.folder, "A").changes == scenario.changes
    (kept,) = proposed_in_scenario(explorer, load_scenario(study.folder, "A"))
    out = tmp_path / "out"
    write_proposals(found, out, question=asked_in_words(found, "tiny"))
    (read,) = read_proposed(study, str(out), explorer=lambda: explorer)
    assert _told(direct) == _told(read)
    assert _told(direct)[2:] == _told(kept)[2:] and _told(direct)[0] == _told(kept)[0]
    assert (kept.note, kept.summary, read.summary is not None) == ("note", None, True)


def test_a_part_keeps_the_sites_in_it_and_those_that_serve_it(explorer: Explorer) -> None:
    found = proposed_of(_found(explorer, sites=2))
    assert set(found.served["unit_id"]) == {"U2"}
    assert len(found.within({"U2"}).sites) >= 1 and found.within({"U9"}).sites.empty


def test_a_wrong_source_is_named(explorer: Explorer, tmp_path: Path) -> None:
    study = explorer.study
    (study.folder / "scenarios").mkdir()
    close = '[[changes]]\ndo = "close_site"\nlayer = "station"\nid = "S1"\n'
    (study.folder / "scenarios" / "B.toml").write_text(close, encoding="utf-8")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "siting.json").write_text('{"layer": "station"}', encoding="utf-8")
    for source, code in (
        ("nowhere", "proposals_unknown"),
        ("B", "proposals_none"),
        (str(broken), "proposals_broken"),
    ):
        with pytest.raises(StudyError) as caught:
            read_proposed(study, source, explorer=lambda: explorer)
        assert caught.value.code == code
