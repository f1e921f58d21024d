"""Coverage by moment, tier and item, and to and from, in a study that is counted by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo.analysis import Analysis
from geo.base.errors import StudyError
from geo.pipeline import open_explorer, run
from geo.study.load import load_study
from layers.style.shading import set_shades, unit_shading
from layers.web_map.standalone import render_map
from layers.words.catalogue import words_for
from layers.words.definitions import definitions
from layers.words.lines.site_sets import set_lines, set_name, unit_set_lines
from tests.worlds.hand_study import STUDY, write_hand_study
from tests.worlds.parts_studies import differing, in_parts

# s1 at A covers d1 (100, middle of AB) and d6 (30, B) within 15 minutes, s2 at C covers d2 (40),
# d3 (60, D) and d6; s3 is off every road.
SITES = """id,name,lon,lat,open,grade,offers
s1,one,114.0,30.0,Mo-Fr 08:00-17:00,一级,取药；报销
s2,two,114.02,30.0,,二级,报销
s3,three,114.0,30.008,8点到5点,一级,
"""
LAYER = """
[[layers]]
key = "desk"
service = "care"
path = "sites.csv"
minutes = 15
hours = "open"
moments = { "工作日10:00" = "2026-03-04T10:00", "周日10:00" = "2026-03-08T10:00" }
tier = "grade"
items = "offers"

[[layers]]
key = "home"
service = "care"
path = "sites.csv"
minutes = 8
direction = "from"
"""


def write(folder: Path, *change: str) -> Path:
    write_hand_study(folder)
    (folder / "sites.csv").write_text(SITES, encoding="utf-8")
    text = STUDY.partition("[[layers]]")[0] + LAYER
    (folder / "study.toml").write_text(text.replace(*change) if change else text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("sets"))


@pytest.fixture(scope="module")
def found(folder: Path) -> Analysis:
    return run(load_study(folder))


def test_each_moment_counts_the_sites_that_are_open(found: Analysis) -> None:
    entry = found.summary["layers"]["desk"]
    demand = found.demand[found.demand["layer"] == "desk"].set_index("demand_id")
    total, covered = entry["demand_total"], entry["demand_covered"]
    moments = entry["moments"]
    assert list(moments) == ["工作日10:00", "周日10:00"]
    assert moments["工作日10:00"] == {
        "share_by_time": entry["share_by_time"],
        "closed": 0.0,
        "sites_open": 2,
        "sites_without_hours": 1,
    }
    # On Sunday only s2 is open, which has no hours: what s1 alone covers is closed.
    alone = found.sites.set_index(["layer", "site_id"])["demand_alone"]["desk", "s1"]
    assert alone >= 100.0 and bool(demand.loc["d1", "covered"])
    sunday = moments["周日10:00"]
    assert (sunday["closed"], sunday["sites_open"]) == (alone, 1)
    assert sunday["share_by_time"] == pytest.approx((covered - alone) / total, abs=1e-6)


def test_tiers_and_items_stand_alone(found: Analysis) -> None:
    entry = found.summary["layers"]["desk"]
    sites = found.sites[found.sites["layer"] == "desk"].set_index("site_id")["demand_within"]
    assert list(entry["by_tier"]) == ["一级", "二级"]
    assert entry["by_tier"]["一级"]["sites"] == 2  # one of them is off the network
    assert entry["by_tier"]["一级"]["demand_covered"] == sites["s1"]
    assert entry["by_tier"]["二级"]["demand_covered"] == sites["s2"]
    assert entry["by_item"]["取药"]["demand_covered"] == sites["s1"]
    assert entry["by_item"]["报销"]["demand_covered"] == entry["demand_covered"]
    assert (entry["sites_without_tier"], entry["sites_without_items"]) == (0, 1)
    assert "by_tier" not in found.summary["layers"]["home"]


def test_every_unit_has_its_share_of_each_set(found: Analysis) -> None:
    sets = found.unit_sets
    kinds = {"moment": "moments", "tier": "by_tier", "item": "by_item"}
    entry, demand = found.summary["layers"]["desk"], found.demand[found.demand["layer"] == "desk"]
    shades = set_shades(found, "desk")
    assert len(shades) == sum(len(entry[of]) for of in kinds.values()) == 6
    assert not set_shades(found, "home") and set(sets["layer"]) == {"desk"}
    for shade in shades:
        kind, _, name = shade.partition(":")
        of_set = sets[(sets["kind"] == kind) & (sets["name"] == name)]
        total = entry[kinds[kind]][name]["share_by_time"]
        outside = demand.loc[demand["unit_id"] == "", "weight"].sum()
        for _, rows in of_set.groupby("level"):
            assert rows["demand_total"].sum() + outside == demand["weight"].sum()
        finest = of_set[of_set["level"] == "township"].set_index("unit_id")
        assert finest["demand_covered"].sum() <= round(total * demand["weight"].sum(), 3)
        shading = unit_shading(found, "desk", by=shade)
        shown = shading.table.set_index("unit_id")
        assert shown["value"].equals(finest["share"].reindex(shown.index).rename("value"))
    # s1 is closed on Sunday: only the 100 people of d1 lose by it.
    first, second = (
        sets[sets["name"] == name].set_index(["level", "unit_id"])
        for name in ("工作日10:00", "周日10:00")
    )
    lost = first["demand_covered"] - second["demand_covered"]
    home = demand.loc[demand["demand_id"].str.startswith("d1"), "unit_id"].iloc[0]
    assert lost["township"].to_dict() == {
        unit: 100.0 * (unit == home) for unit in lost["township"].index
    }
    assert all(lost[level].sum() == 100 for level in ("county", "city"))


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_the_handed_on_map_has_each_set(found: Analysis, locale: str) -> None:
    words = words_for(locale)
    html = render_map(found, locale=locale)
    for shade in set_shades(found, "desk"):
        named = set_name(shade, words)
        title = words("sets.share", name="desk", set=named)
        assert title in html or json.dumps(title)[1:-1] in html, title


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_a_unit_has_a_line_for_each_kind(found: Analysis, locale: str) -> None:
    unit = found.areas["unit_id"].iloc[0]
    lines = unit_set_lines(found, "desk", unit, "township", words_for(locale))
    assert len(lines) == 3 and "周日10:00" in lines[0] and "一级" in lines[1] and "报销" in lines[2]
    assert unit_set_lines(found, "home", unit, "township", words_for(locale)) == []


def test_to_and_from_stand_side_by_side(found: Analysis) -> None:
    both = found.summary["layers"]["home"]["to_and_from"]
    assert both["to_layer"] == "desk" and "to_and_from" not in found.summary["layers"]["desk"]
    demand = found.demand.pivot(index="demand_id", columns="layer", values="covered").astype(bool)
    weight = found.demand[found.demand["layer"] == "desk"].set_index("demand_id")["weight"]
    assert both["to"] == weight[demand["desk"]].sum()
    assert both["from"] == weight[demand["home"]].sum()
    assert both["neither"] == weight[~demand.any(axis=1)].sum()


def test_in_parts_and_in_the_explorer_it_is_the_same(
    folder: Path, found: Analysis, tmp_path: Path
) -> None:
    whole, _ = in_parts(load_study(folder), 3, tmp_path / "parts", None)
    assert differing(found, whole) == []
    analysis = open_explorer(load_study(folder)).analysis()
    assert analysis.unit_sets.equals(found.unit_sets)
    assert analysis.summary["layers"] == found.summary["layers"] or repr(
        analysis.summary["layers"]
    ) == repr(found.summary["layers"])


@pytest.mark.parametrize(
    ("locale", "texts"),
    [
        ("zh-CN", ("周日10:00：开放的服务点1个", "按等级分别计算", "均无")),
        ("en", ("周日10:00: 1 site open", "By each tier alone", "neither")),
    ],
)
def test_words(found: Analysis, locale: str, texts: tuple[str, ...]) -> None:
    words = words_for(locale)
    lines = [*set_lines(found, "desk", words), *set_lines(found, "home", words)]
    listed = [text for _, _, text in definitions(found, words)]
    for text in texts:
        assert any(text in line for line in lines)
        assert any(text in line for line in listed)


def test_hours_that_cannot_be_read_are_findings(found: Analysis) -> None:
    (row,) = found.quality[found.quality["problem"] == "hours_bad"].to_dict("records")
    assert (row["file"], row["row"], row["field"]) == ("sites.csv", 4, "open")
    assert row["value"] == "8点到5点"


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        ("2026-03-04T10:00", "10:00", "moment_wrong", "layers[1].moments.工作日10:00"),
        ("2026-03-04T10:00", "2026-03-04T10:00+08:00", "moment_wrong", "工作日10:00"),
        ('hours = "open"\n', "", "moments_alone", "layers[1].moments"),
        ('hours = "open"', 'hours = "times"', "column_missing", "layers[1].hours"),
        ('path = "sites.csv"\nminutes = 15', 'sites = "none"\nminutes = 15', "column_needs_table",
         "layers[1].hours"),
        ('tier = "grade"', "tier = 3", "value_wrong", "layers[1].tier"),
    ],
)  # fmt: skip
def test_wrong_keys_are_one_line(old: str, new: str, code: str, field: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as error:
        run(load_study(write(tmp_path, old, new)))
    assert error.value.code == code and field in str(error.value.params["field"])
    for locale in ("zh-CN", "en"):
        assert all("\n" not in line for line in words_for(locale).error(error.value))


def test_a_moment_without_a_calendar_is_reported(tmp_path: Path) -> None:
    found = run(load_study(write(tmp_path, "2026-03-04T10:00", "2126-03-04T10:00")))
    assert "moment_without_calendar" in set(found.quality["problem"])
