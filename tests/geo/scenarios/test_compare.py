"""Two states compared: what a plan changes, and what corrected data change, are kept apart."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest

import cli
from geo.base.errors import StudyError
from geo.pipeline import open_explorer
from geo.scenarios.compare import Comparison, compare, open_state, split_state
from geo.study.load import load_study
from layers.export.difference import COMPARISON_FILES, write_comparison
from tests.worlds.hand_study import write_hand_study
from tests.worlds.tiny_study import write_study

CLOSE = '[[changes]]\ndo = "close_site"\nlayer = "walk"\nid = "s2"\n'
ADD = '[[changes]]\ndo = "add_site"\nlayer = "walk"\nid = "n1"\nlon = 114.03\nlat = 30.0\n'
SCALE = '[[changes]]\ndo = "demand"\nfactor = 2\n'
MOVE = '[[changes]]\ndo = "move_site"\nlayer = "walk"\nid = "s1"\nlon = 114.03\nlat = 30.0\n'


@pytest.fixture
def hand(tmp_path: Path) -> Path:
    folder = write_hand_study(tmp_path / "study")
    (folder / "scenarios").mkdir()
    return folder


def keep(folder: Path, name: str, text: str) -> str:
    (folder / "scenarios" / f"{name}.toml").write_text(text, encoding="utf-8")
    return f"{folder}#{name}"


def compared(before: str, after: str) -> Comparison:
    return compare(open_state(before), open_state(after), layers=["walk"])


def figures(found: Comparison, kind: str) -> tuple[float, float]:
    one = found.figures["walk"][kind]
    return one["covered_before"], one["covered_after"]


def test_a_plan_is_real_and_agrees_with_the_question(hand: Path) -> None:
    found = compared(str(hand), keep(hand, "甲", CLOSE + ADD))
    asked = open_explorer(load_study(hand)).change("walk", closed=("s2",), added=((114.03, 30.0),))
    assert figures(found, "real") == (asked.covered_before, asked.covered_after)
    assert len(set(figures(found, "correction"))) == 1
    real = found.points[found.points["kind"] == "real"]
    assert len(real) == len(found.points)
    for change, rows in (("gained", asked.gained), ("lost", asked.lost)):
        mine = real[real["change"] == change]
        assert mine["demand_id"].tolist() == rows["demand_id"].tolist()
        for name in ("weight", "minutes_before", "minutes_after", "lon"):
            assert mine[name].tolist() == pytest.approx(rows[name].tolist(), nan_ok=True)
    assert found.sites[["site_id", "change", "kind"]].to_numpy().tolist() == [
        ["n1", "added", "real"],
        ["s2", "closed", "real"],
    ]
    assert list(found.units.columns[:2]) == ["layer", "unit_id"]


def test_demand_is_a_correction_unless_the_change_says_otherwise(hand: Path) -> None:
    base = open_state(str(hand)).inputs
    plain = compared(str(hand), keep(hand, "甲", SCALE + CLOSE))
    was, middle = figures(plain, "correction")
    assert middle == 2 * was and figures(plain, "real")[0] == middle
    assert plain.sites["kind"].tolist() == ["real"]
    stated = compared(str(hand), keep(hand, "乙", SCALE + 'kind = "real"\n' + CLOSE))
    assert figures(stated, "correction") == (was, was)
    assert figures(stated, "real") == (was, figures(plain, "real")[1])
    assert len(base.points)


def test_a_move_is_a_correction_of_coordinates_unless_it_is_planned(hand: Path) -> None:
    corrected = compared(str(hand), keep(hand, "甲", MOVE))
    planned = compared(str(hand), keep(hand, "乙", MOVE + 'kind = "real"\n'))
    assert corrected.sites["kind"].tolist() == ["correction"]
    assert planned.sites["kind"].tolist() == ["real"]
    assert figures(corrected, "correction") == figures(planned, "real")


def test_another_study_corrects_the_data_and_opens_the_sites(hand: Path, tmp_path: Path) -> None:
    later = tmp_path / "later"
    shutil.copytree(hand, later)
    estates = later / "estates.csv"
    text = estates.read_text(encoding="utf-8")
    estates.write_text(text.replace("d1,", "d1_new,").replace(",40,4,", ",50,4,"), encoding="utf-8")
    sites = later / "sites.csv"
    sites.write_text(sites.read_text(encoding="utf-8") + "s4,four,114.03,30.0,\n", encoding="utf-8")
    found = compared(str(hand), str(later))
    assert found.sites[["site_id", "change", "kind"]].to_numpy().tolist() == [
        ["s4", "added", "real"]
    ]
    # The id that is gone and the new one are a correction; the new site's gain is real.
    kinds = dict(zip(found.points["demand_id"], found.points["kind"], strict=True))
    assert kinds["d1"] == kinds["d1_new"] == "correction"
    assert "real" in kinds.values()
    alone = found.points.set_index("demand_id")
    assert pd.isna(alone.loc["d1", "minutes_after"]) and alone.loc["d1", "change"] == "lost"
    total = found.figures["walk"]
    assert total["correction"]["demand_total_after"] == total["real"]["demand_total_before"]


def test_a_state_compared_with_itself_differs_in_nothing(hand: Path) -> None:
    keep(hand, "空", "")
    found = compare(open_state(str(hand)), open_state(f"{hand}#空"))
    assert found.points.empty and found.sites.empty
    assert found.units["covered_before"].equals(found.units["covered_after"])
    assert set(found.layers) == {layer.key for layer in load_study(hand).layers}


def test_there_and_back_exchanges_gain_and_loss(hand: Path) -> None:
    plan = keep(hand, "甲", CLOSE)
    there, back = compared(str(hand), plan), compared(plan, str(hand))
    assert there.points["change"].tolist() == ["lost"] * len(there.points) != []
    assert back.points["change"].tolist() == ["gained"] * len(there.points)
    assert back.points["demand_id"].tolist() == there.points["demand_id"].tolist()
    assert back.sites["change"].tolist() == ["added"]


def test_the_command_writes_the_files(
    hand: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, out = keep(hand, "甲", CLOSE), tmp_path / "out"
    assert cli.main(["compare", str(hand), plan, "--out", str(out), "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "real changes" in said and "Corrections of data: 0" in said
    names = ["change.json", "change_points.csv", "change_sites.csv", "change_units.csv"]
    others = ["compare.html", "compare.xlsx"]
    assert sorted(path.name for path in out.iterdir()) == [*names, *others, "compare.zip"]
    with zipfile.ZipFile(out / "compare.zip") as archive:
        assert set(archive.namelist()) == {*names, *others}
        for name in others:
            assert archive.read(name) == (out / name).read_bytes()
    content = json.loads((out / "change.json").read_text(encoding="utf-8"))
    walk = content["layers"]["walk"]
    assert walk["share_before"] == walk["share_middle"] > walk["share_after"]
    assert set(walk["kind"]) == {"real", "correction"}
    for name in names[1:]:
        header = (out / name).read_text(encoding="utf-8-sig").splitlines()[0].split(",")
        assert header[0] == "layer" and "kind" in header
    assert cli.main(["compare", str(hand), f"{hand}#乙", "--out", str(out)]) == 1
    line = capsys.readouterr().err.strip()
    assert "乙" in line and "甲" in line and "\n" not in line


def test_the_files_are_the_same_every_time(hand: Path, tmp_path: Path) -> None:
    plan = keep(hand, "甲", CLOSE + ADD)
    outs = [tmp_path / name for name in ("one", "two")]
    for out in outs:
        found = compared(str(hand), plan)
        write_comparison(found, out, before="a", after="b", locale="en")
    for name in COMPARISON_FILES:
        assert (outs[0] / name).read_bytes() == (outs[1] / name).read_bytes(), name


def test_groups_add_up_and_bands_and_classes_are_apart(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "tiny")
    estates = folder / "estates.csv"
    rows = estates.read_text(encoding="utf-8-sig").splitlines()
    header, *body = rows
    extra = [f"{row},{number},{'城' if number % 2 else '乡'}" for number, row in enumerate(body)]
    estates.write_text("\n".join([f"{header},old,kind", *extra]) + "\n", encoding="utf-8")
    toml = folder / "study.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(
        text.replace("[demand]", '[demand]\nbands = { "60+" = "old" }\nclass = "kind"'),
        encoding="utf-8",
    )
    (folder / "scenarios").mkdir(exist_ok=True)
    close = '[[changes]]\ndo = "close_site"\nlayer = "station"\nid = "S1"\n'
    found = compare(open_state(str(folder)), open_state(keep(folder, "甲", close)))
    real = found.groups[(found.groups["kind"] == "real") & (found.groups["layer"] == "station")]
    assert real[["band", "class"]].to_numpy().tolist() == [
        ["", ""], ["", "乡"], ["", "城"], ["60+", ""], ["60+", "乡"], ["60+", "城"],
    ]  # fmt: skip
    table = real.set_index(["band", "class"])
    figures = found.figures["station"]["real"]
    for name in ("covered_before", "covered_after", "demand_total_after"):
        assert table.loc[("", ""), name] == figures[name]
        for band in ("", "60+"):
            parts = table.loc[[(band, "乡"), (band, "城")], name]
            assert parts.sum() == pytest.approx(table.loc[(band, ""), name])
    assert table.loc[("60+", ""), "demand_total_before"] == sum(range(len(body)))


def test_states_are_folders_or_folders_with_a_scenario(tmp_path: Path) -> None:
    assert split_state("a/b") == (Path("a/b"), "")
    assert split_state("a/b#甲") == (Path("a/b"), "甲")
    odd = write_hand_study(tmp_path / "no#1")
    assert split_state(str(odd)) == (odd, "")
    assert split_state(f"{odd}#甲") == (odd, "甲")
    with pytest.raises(StudyError, match="no_study"):
        open_state(str(tmp_path / "nothing#甲"))
