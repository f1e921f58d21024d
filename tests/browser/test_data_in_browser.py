"""The Data page in a planner's browser: a list out of Excel becomes a layer on the map."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from geo.base.cache import default_cache
from geo.coordinates.datum import from_wgs84
from geo.pipeline import run
from geo.study.load import load_study
from geo.workspace.road_overrides import override_rows
from tests.browser.in_browser import (
    MAP,
    WUHAN,
    click_until,
    downloaded,
    drawn_map,
    only_map,
    painted_share,
    wait_until,
)

OpenPage = Callable[..., Page]

# The link to the page, and its other words, by language.
WORDS = {
    "zh-CN": {
        "page": "数据管理",
        "proposal": "建议改用 GCJ-02",
        "evidence": "按 GCJ-02 为 39 米，按 WGS-84 为 65 米",
        "accept": "采用 GCJ-02",
        "agreed": "坐标系为 GCJ-02",
        "name": "新项目名称",
        "save": "保存",
        "coverage": "查看覆盖评估",
        "studies": "项目",
        "pack": "打包",
        "quality": "数据质量",
    },
    "en": {
        "page": "Data",
        "proposal": "GCJ-02 is proposed",
        "evidence": "39 m as GCJ-02, 65 m as WGS-84",
        "accept": "Take GCJ-02",
        "agreed": "the datum is GCJ-02",
        "name": "Name of the new study",
        "save": "Save",
        "coverage": "See coverage",
        "studies": "Studies",
        "pack": "Pack",
        "quality": "Data quality",
    },
}


@pytest.fixture(scope="module")
def excel_list(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's stations in GCJ-02, typed by hand in Excel and saved as CSV: GBK, CRLF.

    Some coordinates have full-width digits, some a space behind, some are in degrees and minutes;
    a title with a comma is quoted, the last column is empty, and so is a row at the end.
    """
    sites = pd.read_csv(WUHAN / "medical_insurance.csv")
    lon, lat = from_wgs84(sites["lon"], sites["lat"], "gcj02")
    rows = ["站点编号,站点名称,经度,纬度,备注"]
    wide = str.maketrans("0123456789.", "０１２３４５６７８９．")
    for at, (name, x, y) in enumerate(zip(sites["name"], lon, lat, strict=True)):
        first, second = f"{x:.6f}", f"{y:.6f}"
        if at % 9 == 0:
            first = first.translate(wide)
        elif at % 9 == 1:
            minutes = (x % 1) * 60
            first = f"{int(x)}°{int(minutes)}′{(minutes % 1) * 60:.3f}″"
        elif at % 9 == 2:
            second += " "
        label = f'"{name}，东门,1号"' if at == 3 else str(name)
        rows.append(f"{at + 1:04d},{label},{first},{second},")
    path = tmp_path_factory.mktemp("office") / "医保服务站 名单.csv"
    path.write_bytes("\r\n".join([*rows, ",,,,", ""]).encode("gbk"))
    return path


def open_data_page(page: Page, app: str, lang: str, *, by_link: bool = False) -> dict[str, str]:
    """Open the page by its address, which draws no map first; or the app, then its link."""
    words = WORDS[lang]
    if by_link:
        page.goto(f"{app}/?lang={lang}")
        page.get_by_role("link", name=words["page"], exact=True).click()
    else:
        page.goto(f"{app}/data?lang={lang}")
    page.locator('[data-testid="stFileUploaderDropzone"]').wait_for()
    return words


@pytest.mark.parametrize(("lang", "width", "height"), [("zh-CN", 1440, 900), ("en", 1024, 768)])
def test_a_list_out_of_excel_becomes_a_layer_on_the_map(
    app: str,
    studies: Path,
    excel_list: Path,
    page_guard: OpenPage,
    lang: str,
    width: int,
    height: int,
) -> None:
    page = page_guard(width, height)
    words = open_data_page(page, app, lang, by_link=lang == "zh-CN")
    page.locator('input[type="file"]').set_input_files(str(excel_list))
    expect(page.get_by_text(words["proposal"])).to_be_visible()
    expect(page.get_by_text(words["evidence"])).to_be_visible()
    maps = page.locator(MAP)
    expect(maps).to_have_count(2)
    for at in range(2):
        handle = maps.nth(at).element_handle()
        frame = handle.content_frame() if handle else None
        assert frame is not None
        frame.locator("canvas").first.wait_for()
        wait_until(frame, "window.qh && Object.keys(qh.data).length === 2")
        assert painted_share(frame, "map-pane") > 0.02  # points have a pane of their own
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    accept = page.get_by_role("button", name=words["accept"])
    click_until(page, accept, page.get_by_text(words["agreed"]))
    name = f"试点 {lang}"
    page.get_by_label(words["name"]).fill(name)
    page.get_by_role("button", name=words["save"], exact=True).click()
    page.get_by_role("button", name=words["coverage"]).click()

    study = load_study(studies / name)
    layer = study.layers[-1]
    assert (layer.title, layer.datum) == ("医保服务站", "gcj02")
    expected = run(study, cache=default_cache()).summary["layers"]
    found, sample = expected[layer.key], expected["medical_insurance"]
    # The shift was undone, to the seventh of a degree that was typed.
    assert found["sites_total"] == sample["sites_total"] == 72
    assert found["sites_used"] == sample["sites_used"]
    assert abs(found["share_by_time"] - sample["share_by_time"]) < 0.002
    frame = drawn_map(page)
    assert painted_share(frame) > 0.2
    service = page.get_by_role("combobox", name="服务类别" if lang == "zh-CN" else "Service")
    expect(service).to_have_value("医保服务站")
    values = page.locator(".qh-figure .qh-value")
    expect(values.nth(1)).to_have_text(f"{found['share_by_time']:.1%}")


def test_quality_map_and_zip(app: str, studies: Path, page_guard: OpenPage, tmp_path: Path) -> None:
    page = page_guard()
    words = open_data_page(page, app, "zh-CN")
    page.get_by_role("radio", name=words["quality"], exact=True).click()
    page.get_by_role("button", name="下载 quality.csv").wait_for(timeout=120_000)
    frame = only_map(page)
    frame.get_by_text("未经审图，仅限内部使用").wait_for()
    file = downloaded(page, page.get_by_role("button", name="下载 quality.csv"))
    file.save_as(tmp_path / "quality.csv")
    assert (tmp_path / "quality.csv").read_bytes().startswith(b"\xef\xbb\xbfseverity,file,row,")

    page.get_by_role("radio", name=words["studies"], exact=True).click()
    page.get_by_role("button", name=words["pack"]).click()
    file = downloaded(page, page.get_by_role("button", name="下载压缩包"))
    packed = tmp_path / "武汉.zip"
    file.save_as(packed)
    assert "study.toml" in zipfile.ZipFile(packed).namelist()
    page.locator('input[type="file"]').set_input_files(str(packed))
    unpack = page.get_by_role("button", name="解压并打开")
    click_until(page, unpack, page.locator("h2", has_text="服务类别"))
    expect(page.get_by_label("移除哪个服务类别")).to_be_visible()
    assert load_study(studies / "武汉").layers == load_study(WUHAN).layers


@pytest.mark.parametrize(("lang", "width", "height"), [("zh-CN", 1440, 900), ("en", 1024, 768)])
def test_a_road_is_corrected_by_a_click(
    app: str, studies: Path, page_guard: OpenPage, lang: str, width: int, height: int
) -> None:
    chinese = lang == "zh-CN"
    page = page_guard(width, height)
    words = open_data_page(page, app, lang)
    page.get_by_role("radio", name="道路修正" if chinese else "Road corrections").click()
    name = f"道路 {lang}"
    page.get_by_label(words["name"]).fill(name, timeout=120_000)
    copy = page.get_by_role("button", name="存为自己的项目" if chinese else "Make my own copy")
    # The first click opens the neighbourhood, the second chooses the road.
    click_first = "请先在地图上点击" if chinese else "Click the place on the map first"
    click_until(page, copy, page.get_by_text(click_first))
    click_middle(page)
    click_road = "请在地图上点击一条道路" if chinese else "Click a road on the map."
    expect(page.get_by_text(click_road)).to_be_visible()
    click_middle(page)
    save = page.get_by_role("button", name="保存修正" if chinese else "Save correction")
    click_until(page, save, page.locator("table.qh-table tbody tr"))
    expect(page.locator("table.qh-table tbody tr")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    rows = override_rows(load_study(studies / name))
    assert [(row["profile"], row["allowed"]) for row in rows] == [("", "no")]
    none_yet = "还没有修正。" if chinese else "There are none yet."
    remove = page.get_by_role("button", name="移除" if chinese else "Remove")
    click_until(page, remove, page.get_by_text(none_yet))
    assert override_rows(load_study(studies / name)) == []


def click_middle(page: Page) -> None:
    """Click the middle of the map, once its roads are drawn."""
    frame = only_map(page)
    wait_until(frame, "window.qh && Object.keys(qh.data).length > 0")
    box = page.locator(MAP).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
