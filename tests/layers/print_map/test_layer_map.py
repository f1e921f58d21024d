"""Static maps and charts: nothing leaves its page, labels do not collide, names stay text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgba
from PIL import Image
from pypdf import PdfReader

from geo.analysis import Analysis
from geo.coverage.county import part_name, series_parts
from geo.study.load import load_study
from layers.print_map.charts import causes_chart, minutes_chart, units_chart
from layers.print_map.files import series_pdf
from layers.print_map.ground import (
    CLASSINGS,
    Ground,
    plane_of,
    read_ground,
    share_breaks,
)
from layers.print_map.labels import Box, Label, place_labels
from layers.print_map.layer_map import MapOptions, layer_map
from layers.print_map.page import PAPERS, Drawing, Paper
from layers.print_map.prepared import PreparedMaps
from layers.shapes.units import level_areas, levels
from layers.style.typeface import FONT, known_text, longest_word, text_width, wrap
from layers.words.catalogue import LOCALES, words_for
from tests.layers.pdf_fonts import unembedded_fonts
from tests.worlds.made_analysis import made_analysis
from tests.worlds.renamed_counties import renamed
from tests.worlds.tiny_study import write_study

ZH, EN = words_for("zh-CN"), words_for("en")
DAY = date(2026, 3, 1)
GROUND = Ground(
    np.array([shapely.LineString([(114.30, 30.50), (114.32, 30.52)])]),
    np.array([shapely.LineString([(114.31, 30.50), (114.31, 30.52)])]),
)


def _texts(drawing: Drawing) -> list[Any]:
    """Every text artist that is drawn, with its box in pixels."""
    drawing.figure.canvas.draw()
    renderer = drawing.figure.canvas.get_renderer()
    found = []
    for artist in drawing.figure.findobj(lambda a: hasattr(a, "get_parse_math")):
        if artist.get_text().strip() and artist.get_visible():
            found.append((artist, artist.get_window_extent(renderer)))
    return found


def _all_text(drawing: Drawing) -> str:
    return "\n".join(artist.get_text() for artist, _ in _texts(drawing))


def _drawings(analysis: Analysis, locale: str) -> list[Drawing]:
    words = words_for(locale)
    drawings = [minutes_chart(analysis, words), units_chart(analysis, words)]
    drawings.append(causes_chart(analysis, words))
    plain = MapOptions(made_on=DAY)
    papers = [PAPERS["a4"], PAPERS["a4"].turned("landscape"), PAPERS["a3"], Paper(156, 150, 0.5)]
    for paper in papers:
        drawings.append(layer_map(analysis, "clinic", words, replace(plain, paper=paper)))
    for options in (
        replace(plain, what="gaps"),
        replace(plain, level="county"),
        replace(plain, within=series_parts(analysis)[0]),
        replace(plain, titled=False, brief=True),
    ):
        drawings.append(layer_map(analysis, "parking", words, options, ground=GROUND))
    return drawings


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("names", ["plain", "hostile"])
def test_no_text_leaves_its_page(
    analysis: Analysis, hostile: Analysis, names: str, locale: str
) -> None:
    for drawing in _drawings(hostile if names == "hostile" else analysis, locale):
        width, height = drawing.figure.canvas.get_width_height()
        for artist, box in _texts(drawing):
            text = artist.get_text()
            assert box.x0 >= -1 and box.x1 <= width + 1, (drawing.title, text)
            assert box.y0 >= -1 and box.y1 <= height + 1, (drawing.title, text)


def test_labels_do_not_collide(analysis: Analysis) -> None:
    drawing = layer_map(analysis, "clinic", ZH, MapOptions())
    labels = [box for artist, box in _texts(drawing) if artist.get_gid() == "label"]
    assert len(labels) >= 4
    for number, box in enumerate(labels):
        assert not any(box.overlaps(other) for other in labels[:number])


def test_labels_give_way_to_the_earlier_ones() -> None:
    frame = Box(0, 0, 200, 100)
    labels = [
        Label("甲" * 4, 100, 50, 8),
        Label("乙" * 4, 100, 50, 8),
        Label("丙" * 60, 100, 50, 8),
    ]
    placed = place_labels(labels, frame, taken=[Box(0, 0, 200, 20)])
    assert [label.text[0] for label, _ in placed] == ["甲", "乙"]
    (_, first), (_, second) = placed
    assert not first.overlaps(second) and first.within(frame) and second.within(frame)


@pytest.mark.parametrize("approval", ["", "GS(2024)0001号"])
def test_every_map_says_what_it_must(approval: str) -> None:
    analysis = made_analysis(approval=approval)
    for options in (MapOptions(made_on=DAY), MapOptions(brief=True, made_on=DAY, what="gaps")):
        text = _all_text(layer_map(analysis, "clinic", ZH, options)).replace("\n", "")
        wanted = ["范围为近似", "OpenStreetMap", "2026年3月1日", "北"]
        wanted.append("底图无修改" if approval else "未经审图，仅限内部使用")
        for word in wanted:
            assert word in text, word
    full = _all_text(layer_map(analysis, "clinic", ZH, MapOptions())).replace("\n", "")
    assert "15分钟" in full and "步行" in full and "路网为样例" in full and "代用名单" in full
    assert "internal use only" in _all_text(layer_map(made_analysis(), "clinic", EN, MapOptions()))


def test_names_are_never_formulas_of_mathematics(hostile: Analysis) -> None:
    drawing = layer_map(hostile, "clinic", EN, MapOptions())
    for artist, _ in _texts(drawing):
        assert not artist.get_parse_math() or "$" not in artist.get_text()
    assert drawing.to_bytes("png", dpi=50).startswith(b"\x89PNG")


def test_formats_hold_title_and_description(analysis: Analysis) -> None:
    drawing = layer_map(analysis, "clinic", ZH, MapOptions(), ground=GROUND)
    image = Image.open(BytesIO(drawing.to_bytes("png", dpi=300)))
    assert abs(image.width - 3508) <= 1 and image.height == 2480  # A4 at 300 dpi
    assert image.info["Description"] == drawing.alt
    svg = drawing.to_bytes("svg").decode()
    assert drawing.title in svg and "<script" not in svg
    reader = PdfReader(BytesIO(drawing.to_bytes("pdf")))
    assert reader.metadata is not None and reader.metadata.title == drawing.title
    assert unembedded_fonts(reader) == []


def test_the_same_map_gives_the_same_bytes(analysis: Analysis) -> None:
    for kind in ("png", "svg", "pdf"):
        first, second = (
            layer_map(analysis, "clinic", ZH, MapOptions()).to_bytes(kind, dpi=60) for _ in "ab"
        )
        assert first == second, kind


def test_a_series_has_an_overview_and_a_page_a_county(analysis: Analysis) -> None:
    parts = series_parts(analysis)
    assert parts == ["某市/甲区", "某市/乙区"]
    assert part_name(analysis, parts[1]) == "乙区"
    content = series_pdf(analysis, "clinic", ZH, MapOptions())
    reader = PdfReader(BytesIO(content))
    assert len(reader.pages) == 3 and unembedded_fonts(reader) == []
    assert len(reader.outline) == 3


def test_alt_text_tells_the_figures(analysis: Analysis) -> None:
    drawing = layer_map(analysis, "clinic", ZH, MapOptions())
    assert "4个乡镇（街道）" in drawing.alt and "100.0%" in drawing.alt
    assert "15分钟以内59.4%" in minutes_chart(analysis, ZH).alt
    assert "超出时限" in causes_chart(analysis, ZH).alt


def test_classes() -> None:
    shares = np.array([0.1, 0.2, 0.3, 0.4, 0.5, np.nan])
    assert share_breaks(shares, "fixed") == (0.2, 0.4, 0.6, 0.8)
    assert share_breaks(shares, "equal") == (0.18, 0.26, 0.34, 0.42)
    assert len(share_breaks(shares, "quantile")) == 4
    for classing in CLASSINGS:
        assert share_breaks(np.array([np.nan]), classing) == (0.2, 0.4, 0.6, 0.8)
    assert share_breaks(np.array([0.5, 0.5]), "quantile") == (0.5,)


def test_levels_and_their_areas(analysis: Analysis) -> None:
    assert levels(analysis.study) == ["township", "county", "city"]
    county = level_areas(analysis.areas, analysis.study, "county")
    assert sorted(county["unit_name"]) == ["乙区", "甲区"]
    assert county.geometry.area.sum() == pytest.approx(analysis.areas.geometry.area.sum())


def test_the_plane_is_true_to_scale(analysis: Analysis) -> None:
    plane = plane_of(analysis.areas)
    a, b = plane.points([114.30, 114.31], [30.51, 30.51])
    assert np.hypot(*(b - a)) == pytest.approx(959.5, rel=2e-3)  # WGS-84, 0.01° at 30.51° N


def test_a_study_without_its_road_file_has_no_ground(analysis: Analysis) -> None:
    assert read_ground(analysis.study) is None


def test_no_gaps_no_isochrones_no_sites_still_make_figures(analysis: Analysis) -> None:
    bare = Analysis(
        **{
            **vars(analysis),
            "gap_points": analysis.gap_points.iloc[:0],
            "gaps": analysis.gaps.iloc[:0],
            "isochrones": analysis.isochrones.iloc[:0],
            "sites": analysis.sites.iloc[:0],
        }
    )
    for what in ("share", "gaps"):
        layer_map(bare, "clinic", ZH, MapOptions(what=what)).to_bytes("png", dpi=40)  # type: ignore[arg-type]


def test_lines_break_as_chinese_wants() -> None:
    text = "设点覆盖率指设有服务点的单元占全部单元的比例，只看有无，不看远近（见表1）。共1,455个。"
    for width in range(40, 200, 7):
        lines = wrap(text, width, 10)
        assert "".join(lines) == text
        for line in lines:
            assert text_width(line, 10) <= width + 10 or len(line) < 4
            assert line[0] not in "，。、）" and line[-1] not in "（《"
            assert not (line[0].isdigit() and lines.index(line) and _before(lines, line).isdigit())


def _before(lines: list[str], line: str) -> str:
    return lines[lines.index(line) - 1][-1]


def test_latin_words_stay_whole() -> None:
    lines = wrap("Medical-insurance stations, by e-bike", 60, 10)
    assert all(line in "Medical-insurance stations, by e-bike" for line in lines)
    assert lines[0] == "Medical-"
    assert "".join(wrap("x" * 50, 60, 10)) == "x" * 50
    assert longest_word("a bbb cc", 10) == pytest.approx(text_width("bbb", 10))


def test_the_font_knows_place_names_and_marks_what_it_lacks() -> None:
    assert FONT.stat().st_size < 4_000_000
    assert known_text("武汉㘵洲漷繡壐①㎡") == "武汉㘵洲漷繡〓①㎡"
    assert known_text("a\x07b") == "a〓b"


def test_water_lies_on_the_shades_where_it_is_known(analysis: Analysis) -> None:
    lake = np.array([shapely.box(114.303, 30.503, 114.308, 30.508)])
    speck = np.array([shapely.box(114.3155, 30.5155, 114.31551, 30.51551)])
    wet = Ground(GROUND.main, GROUND.other, np.concatenate([lake, speck]))
    plain, drawn = (
        layer_map(analysis, "clinic", ZH, MapOptions(), ground=ground) for ground in (GROUND, wet)
    )

    def blue(drawing: Drawing) -> list[Any]:
        wanted = to_rgba("#c6dcec")
        found = drawing.figure.findobj(PathCollection)
        return [one for one in found if wanted in [tuple(c) for c in one.get_facecolors()]]

    assert not blue(plain)
    (water,) = blue(drawn)
    assert len(water.get_paths()) == 1  # the speck is smaller than a square millimetre


def test_a_unit_whose_parents_name_holds_a_slash_has_its_figures() -> None:
    analysis = renamed("甲/乙区", "某/市")
    prepared = PreparedMaps(analysis)
    county = prepared.areas("clinic", "county").set_index("unit_name")
    row = analysis.units.query("level == 'county' and layer == 'clinic'").iloc[0]
    assert county.loc["甲/乙区", "demand_total"] == row["demand_total"]


def test_a_county_on_a_map_of_cities_is_shown_by_its_city(analysis: Analysis) -> None:
    for part in series_parts(analysis):
        drawing = layer_map(analysis, "clinic", ZH, MapOptions(level="city", within=part))
        assert drawing.to_bytes("png", dpi=30)


def test_no_cache_means_that_nothing_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_study(tmp_path / "study")
    kept = tmp_path / "cache"
    monkeypatch.setenv("QUARTERHOUR_CACHE", str(kept))
    study = load_study(tmp_path / "study")
    assert read_ground(study) is not None
    assert not kept.exists()
    assert read_ground(study, cache=kept) is not None
    assert any(kept.rglob("*"))
