"""A scenario gives the files of a run of the study that was changed by hand, byte for byte."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geo.analysis import Analysis
from geo.base.errors import StudyError
from geo.pipeline import open_explorer, run
from geo.questions.explorer import Explorer
from geo.scenarios.apply import apply_scenario, open_scenario
from geo.scenarios.changes import Scenario, read_changes
from geo.study.load import load_study
from layers.export.results import result_bytes, result_names, write_results
from layers.words.catalogue import words_for
from tests.worlds.hand_study import write_hand_study

Rows = list[dict[str, str]]
Edit = Callable[[Path], None]


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hand_study(tmp_path_factory.mktemp("hand") / "study")


def scenario(text: str, name: str = "试") -> Scenario:
    return read_changes(text.encode(), name)


def edited(name: str, change: Callable[[Rows], None], layer: str = "") -> Edit:
    """An edit of a CSV file; of a file of its own for one layer, since the others share theirs."""

    def edit(folder: Path) -> None:
        reader = csv.DictReader(io.StringIO((folder / name).read_text(encoding="utf-8")))
        rows, names = [dict(row) for row in reader], list(reader.fieldnames or ())
        change(rows)
        target = folder / (f"{layer}.csv" if layer else name)
        with target.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, names, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        if layer:
            _toml(rf'(key = "{layer}"\n(?:service.*\n)?path = )"sites.csv"', rf'\1"{layer}.csv"')(
                folder
            )

    return edit


def _toml(pattern: str, by: str) -> Edit:
    def edit(folder: Path) -> None:
        path = folder / "study.toml"
        text, count = re.subn(pattern, by, path.read_text(encoding="utf-8"))
        assert count == 1
        path.write_text(text, encoding="utf-8")

    return edit


def _moved(rows: Rows) -> None:
    rows[1]["lon"], rows[1]["lat"] = "114.0251", "30.0"


def _added(rows: Rows) -> None:
    rows.append({"id": "a9", "name": "九", "lon": "114.029", "lat": "30.0", "seats": "7"})


def _scaled(rows: Rows) -> None:
    for row in rows:
        for name in ("people", "old"):
            if row[name] and float(row[name]) >= 0:
                row[name] = repr(float(row[name]) * 1.1)


def _overridden(rows: str) -> Edit:
    def edit(folder: Path) -> None:
        (folder / "overrides.csv").write_text(rows, encoding="utf-8")
        _toml(r'(path = "roads.geojson"\n)', r'\1overrides = "overrides.csv"\n')(folder)

    return edit


def _with_street(highway: str, line: list[tuple[float, float]]) -> Edit:
    def edit(folder: Path) -> None:
        path = folder / "roads.geojson"
        content = json.loads(path.read_text(encoding="utf-8"))
        geometry = {"type": "LineString", "coordinates": line}
        names = content["features"][0]["properties"]
        properties = dict.fromkeys(names) | {"id": "new", "highway": highway}
        content["features"].append(
            {"type": "Feature", "properties": properties, "geometry": geometry}
        )
        path.write_text(json.dumps(content), encoding="utf-8")

    return edit


def _other_demand(folder: Path) -> None:
    text = (folder / "estates.csv").read_text(encoding="utf-8").replace("d3,at D", "d33,new at D")
    (folder / "other.csv").write_text(text, encoding="utf-8")


def _other_demand_named(folder: Path) -> None:
    _other_demand(folder)
    _toml(r'path = "estates.csv"', 'path = "other.csv"')(folder)


ADD = 'do = "add_site"\nlayer = "walk"\nid = "a9"\nname = "九"\nlon = 114.029\nlat = 30\n'
CASES: dict[str, tuple[str, Edit]] = {
    "add": (f"[[changes]]\n{ADD}capacity = 7", edited("sites.csv", _added, "walk")),
    "close": (
        '[[changes]]\ndo = "close_site"\nlayer = "walk"\nid = "s1"',
        edited("sites.csv", lambda rows: rows.pop(1), "walk"),
    ),
    "move": (
        '[[changes]]\ndo = "move_site"\nlayer = "parking"\nid = "s1"\nlon = 114.0251\nlat = 30.0',
        edited("sites.csv", _moved, "parking"),
    ),
    "limit": (
        '[[changes]]\ndo = "limit"\nlayer = "parking"\nvalue = 300',
        _toml("metres = 500", "metres = 300"),
    ),
    "speed": (
        '[[changes]]\ndo = "speed"\nprofile = "walk"\nkmh = 3.4',
        _toml(r'(path = "roads.geojson"\n)', r"\1\n[profiles.walk]\nkmh = 3.4\n"),
    ),
    "speed by layer": (
        '[[changes]]\ndo = "speed"\nlayer = "car_to"\nfactor = 0.5',
        _toml(
            r'(path = "roads.geojson"\n)',
            r"\1\n[profiles.drive]\nspeeds = { residential = 10.0 }\n",
        ),
    ),
    "demand": ('[[changes]]\ndo = "demand"\nfactor = 1.1', edited("estates.csv", _scaled)),
    "demand file": ('[[changes]]\ndo = "demand"\npath = "other.csv"', _other_demand_named),
    "close road": (
        '[[changes]]\ndo = "close_road"\nroad = "BC"\nprofile = "drive"',
        _overridden("edge,profile,allowed\nBC,drive,no\n"),
    ),
    "new road": (
        '[[changes]]\ndo = "add_road"\nline = [[114.01, 30.0], [114.02, 30.02]]\nhighway = "path"',
        _with_street("path", [(114.01, 30.0), (114.02, 30.02)]),
    ),
    "open road": (
        '[[changes]]\ndo = "close_road"\nroad = "BC"\n[[changes]]\ndo = "open_road"\nroad = "BC"',
        lambda folder: None,
    ),
    "slow road": (
        '[[changes]]\ndo = "slow_road"\nroad = "CD"\nkmh = 10',
        _overridden("edge,profile,speed_kmh\nCD,cycle,10\nCD,ebike,10\nCD,drive,10\n"),
    ),
}


def _tables(analysis: Analysis) -> dict[str, bytes]:
    """The CSV files of a result; the others take seconds to write, and hold the same figures."""
    names = [name for name in result_names(analysis) if name.endswith(".csv")]
    return {name: result_bytes(analysis, name) for name in names}


@pytest.fixture(scope="module")
def base(hand: Path) -> Analysis:
    """The study without a change; no test changes it."""
    return run(load_study(hand))


@pytest.fixture(scope="module")
def base_files(base: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All its files."""
    folder = tmp_path_factory.mktemp("base") / "out"
    write_results(base, folder)
    return folder


@pytest.mark.parametrize("case", CASES)
def test_a_change_gives_the_tables_of_the_study_edited_by_hand(
    hand: Path, base: Analysis, tmp_path: Path, case: str
) -> None:
    text, edit = CASES[case]
    study, by_hand = tmp_path / "study", tmp_path / "by_hand"
    for folder in (study, by_hand):
        shutil.copytree(hand, folder)
    _other_demand(study)
    edit(by_hand)
    changed, inputs = apply_scenario(load_study(study), scenario(text))
    found = _tables(run(changed, inputs=inputs))
    explored = _tables(open_explorer(changed, inputs=inputs).analysis())
    expected, unchanged = _tables(run(load_study(by_hand))), _tables(base)
    assert len(expected) >= 5 and found.keys() == expected.keys()
    differs = False
    for name, content in expected.items():
        if name == "quality.csv":
            # The edited study names other files, or counts its overrides.
            continue
        assert found[name] == content == explored[name], name
        differs = differs or unchanged[name] != content
    assert differs or case == "open road"


def test_inputs_that_were_read_before_give_the_same_and_stay(hand: Path) -> None:
    study = load_study(hand)
    explorer = open_explorer(study)
    before = explorer.analysis()
    for text, _ in list(CASES.values())[:7]:
        alone, beside = (
            run(changed, inputs=inputs)
            for changed, inputs in (
                apply_scenario(study, scenario(text)),
                apply_scenario(study, scenario(text), inputs=explorer.inputs),
            )
        )
        assert alone.demand.equals(beside.demand) and alone.sites.equals(beside.sites)
        assert repr(alone.summary) == repr(beside.summary)
        assert alone.summary["analysis_id"] != before.summary["analysis_id"]
    assert repr(run(study, inputs=explorer.inputs).summary) == repr(before.summary)


@pytest.mark.parametrize(
    "text",
    [
        "",
        f'[[changes]]\n{ADD}[[changes]]\ndo = "close_site"\nlayer = "walk"\nid = "a9"',
        '[[changes]]\ndo = "move_site"\nlayer = "walk"\nid = "s1"\nlon = 114\nlat = 30',
        '[[changes]]\ndo = "close_road"\nroad = "EF"\n[[changes]]\ndo = "open_road"\nroad = "EF"',
    ],
    ids=["no change", "added and closed", "moved to its place", "closed and opened"],
)
def test_what_changes_nothing_gives_every_byte_of_the_base(
    hand: Path, base_files: Path, tmp_path: Path, text: str
) -> None:
    study = load_study(hand)
    changed, inputs = apply_scenario(study, scenario(text))
    base, found = base_files, tmp_path / "found"
    write_results(run(changed, inputs=inputs), found)
    names = sorted(path.name for path in base.iterdir())
    assert names == sorted(path.name for path in found.iterdir())
    for name in names:
        if text and not name.endswith((".csv", ".geojson")):
            continue  # these name the scenario
        one, other = ((folder / name).read_bytes() for folder in (base, found))
        if name == "summary.json":
            one, other = map(_without_time, (one, other))
        assert one == other, name


@pytest.fixture(scope="module")
def opened(hand: Path, tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    """The study and another list of demand, computed; every case varies this one."""
    folder = tmp_path_factory.mktemp("opened") / "study"
    shutil.copytree(hand, folder)
    _other_demand(folder)
    explorer = open_explorer(load_study(folder))
    explorer.analysis()
    return explorer


@pytest.mark.parametrize("case", CASES)
def test_an_open_study_varied_gives_the_tables_of_a_fresh_run(opened: Explorer, case: str) -> None:
    study, explorer = opened.study, opened
    changed, inputs = apply_scenario(study, scenario(CASES[case][0]), inputs=explorer.inputs)
    fresh = open_explorer(changed, inputs=apply_scenario(study, scenario(CASES[case][0]))[1])
    varied = explorer.varied(changed, inputs)
    for layer in changed.layers:
        one, other = (state.analysis_with(layer.key) for state in (fresh, varied))
        for name in ("demand", "units", "gaps", "gap_points", "sites", "quality"):
            assert getattr(one, name).equals(getattr(other, name)), (layer.key, name)
        assert repr(one.summary) == repr(other.summary)
    assert explorer.varied(study, explorer.inputs) is explorer


def _without_time(content: bytes) -> Any:
    found = json.loads(content)
    del found["generated_at"]
    return found


def test_the_order_of_changes_changes_nothing(hand: Path) -> None:
    study = load_study(hand)
    parts = [
        '[[changes]]\ndo = "add_site"\nlayer = "walk"\nlon = 114.02\nlat = 30.0\n',
        '[[changes]]\ndo = "add_site"\nlayer = "walk"\nlon = 114.03\nlat = 30.0\n',
        '[[changes]]\ndo = "close_site"\nlayer = "walk"\nid = "s2"\n',
        '[[changes]]\ndo = "demand"\nfactor = 1.1\n',
        '[[changes]]\ndo = "demand"\nfactor = 0.7\n',
        '[[changes]]\ndo = "limit"\nlayer = "walk"\nvalue = 10\n',
    ]
    runs = []
    for order in (parts, parts[::-1], parts[3:] + parts[:3]):
        changed, inputs = apply_scenario(study, scenario("".join(order)))
        runs.append(run(changed, inputs=inputs))
    assert {"+1", "+2"} <= set(runs[0].sites["site_id"])
    for other in runs[1:]:
        for table in ("demand", "units", "gaps", "gap_points", "sites", "quality"):
            assert getattr(other, table).equals(getattr(runs[0], table)), table


def test_the_scenario_is_named_and_counted(hand: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(hand, folder)
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "甲.toml").write_text(CASES["close"][0], encoding="utf-8")
    changed, inputs = open_scenario(load_study(folder), "甲")
    summary = run(changed, inputs=inputs).summary
    assert summary["study"] == "手算（甲）"
    (row,) = [row for row in summary["inputs"] if row["role"] == "scenario"]
    assert (row["file"], row["rows_in"], row["rows_used"]) == ("scenarios/甲.toml", 1, 1)
    with pytest.raises(StudyError, match="scenario_unknown"):
        open_scenario(load_study(folder), "乙")


WRONG = {
    '[[changes]]\ndo = "close_site"\nlayer = "wlak"\nid = "s1"': (
        "scenario_layer_unknown", "changes[1].layer", "walk",
    ),
    f'[[changes]]\n{ADD}[[changes]]\ndo = "move_site"\nlayer = "walk"\nid = "s11"\nlon=1\nlat=1': (
        "scenario_site_unknown", "changes[2].id", "s1",
    ),
    '[[changes]]\ndo = "add_site"\nlayer = "walk"\nid = "s1"\nlon = 114\nlat = 30': (
        "scenario_site_exists", "changes[1].id", None,
    ),
    '[[changes]]\ndo = "close_road"\nroad = "EFF"': (
        "scenario_road_unknown", "changes[1].road", "EF",
    ),
    '[[changes]]\ndo = "limit"\nlayer = "walk"\nvalue = 500': (
        "limit_over_horizon", "changes[1].value", None,
    ),
    '[[changes]]\ndo = "limit"\nlayer = "walk"\nvalue = 5\n' * 2: (
        "scenario_change_twice", "changes[2]", None,
    ),
    '[[changes]]\ndo = "speed"\nprofile = "drive"\nkmh = 30': (
        "scenario_drive_factor", "changes[1].kmh", None,
    ),
    '[[changes]]\ndo = "demand"\npath = "../x.csv"': ("path_outside", "changes[1].path", None),
    '[[changes]]\ndo = "demand"\npath = "nowhere.csv"': ("file_missing", "changes[1].path", None),
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_a_change_that_does_not_fit_is_named_in_one_line(hand: Path, text: str) -> None:
    code, field, nearest = WRONG[text]
    with pytest.raises(StudyError) as caught:
        apply_scenario(load_study(hand), scenario(text, "丙"))
    error = caught.value
    assert (error.code, error.params["field"]) == (code, field)
    assert error.params["file"] == "scenarios/丙.toml" and error.others == ()
    if nearest is not None:
        assert error.params["nearest"] == nearest
    for locale in ("zh-CN", "en"):
        (line,) = words_for(locale).error(error)
        assert "丙.toml" in line and "changes[" in line and "\n" not in line
