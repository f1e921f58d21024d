"""The Data page in its states, for `pictures.py`: each picture shows the page down to its end."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from playwright.sync_api import Locator, Page

from geo.coordinates.datum import from_wgs84
from layers.words.catalogue import Words
from tests.browser.in_browser import MAP, WUHAN, map_frame, wait_until

__all__ = ["make_files", "take_data"]

Save = Callable[[str], None]
_OSM = """<osm version="0.6">
<node id="1" lat="30.55" lon="114.25"/><node id="2" lat="30.60" lon="114.35"/>
<node id="3" lat="30.55" lon="114.25"><tag k="amenity" v="pharmacy"/><tag k="name" v="药店"/></node>
<way id="7"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
</osm>"""


def make_files(folder: Path) -> None:
    """What an office would bring: into `folder`.

    A list of stations in GCJ-02 out of Excel (GBK), one with faults, a list of seats, a file that
    is none, and a study on an OSM file in the folder of studies.
    """
    sites = pd.read_csv(WUHAN / "medical_insurance.csv")
    lon, lat = from_wgs84(sites["lon"], sites["lat"], "gcj02")
    stations = pd.DataFrame({"站点编号": sites.index + 1, "站点名称": sites["name"]})
    stations = stations.assign(经度=lon.round(6), 纬度=lat.round(6), 座席=3)
    _gbk(stations, folder / "医保服务站名单.csv")
    faulty = stations.astype(object)
    faulty.loc[2, "经度"] = ""
    faulty.loc[5, "经度"] = "约114.3"
    faulty.loc[9, "纬度"] = 3.0
    faulty.loc[11] = faulty.loc[10]
    faulty.loc[15, "座席"] = "三个"
    _gbk(faulty, folder / "有误的名单.csv")
    seats = pd.DataFrame(
        {"代码": sites.index, "名称": sites["name"], "经度": sites["lon"], "纬度": sites["lat"]}
    )
    _gbk(seats, folder / "乡镇驻地.csv")
    (folder / "服务站名单.docx").write_bytes(b"PK\x05\x06" + bytes(18))
    study = folder / "studies" / "osm"
    shutil.copytree(WUHAN, study)
    (study / "roads.osm").write_text(_OSM, encoding="utf-8")
    toml = study / "study.toml"
    text = toml.read_text(encoding="utf-8").replace("roads.parquet", "roads.osm")
    toml.write_text(text, encoding="utf-8")


def _gbk(rows: pd.DataFrame, path: Path) -> None:
    path.write_bytes(rows.to_csv(index=False, lineterminator="\r\n").encode("gbk"))


def take_data(page: Page, address: str, words: Words, files: Path, save: Save) -> None:
    """Every state of the page; the page is left open on the last one."""
    locale = words.locale

    def enter(query: str = "") -> None:
        page.goto(f"{address}/data?lang={locale}{query}")
        _dropzone(page).wait_for(timeout=120_000)

    def whole(name: str) -> None:
        with _tall(page):
            save(name)

    enter()
    whole("data")
    for name, file, role in (
        ("list", "医保服务站名单.csv", ""),
        ("faulty", "有误的名单.csv", ""),
        ("refused", "服务站名单.docx", ""),
        ("demand", "estates.csv", "demand"),
        ("units", "units.geojson", "units"),
        ("seats", "乡镇驻地.csv", "units"),
        ("network", "roads.parquet", "network"),
    ):
        enter()
        if role:
            _choose(page, words("data.role"), words(f"data.role.{role}"))
        path = files / file if (files / file).exists() else WUHAN / file
        page.locator('input[type="file"]').set_input_files(str(path))
        _settled(page)
        if name == "seats":
            page.get_by_text(words("sources.units_seats")).click()
            _settled(page)
        whole(f"data-{name}")
    enter()
    _choose(page, words("data.role"), words("data.role.layer_rule"))
    _settled(page)
    whole("data-rule")
    enter("&study=osm")
    page.get_by_role("radio", name=words("sources.source_osm")).click()
    _settled(page)
    whole("data-osm")
    for section in ("roads", "quality", "studies"):
        enter("&study=osm" if section == "studies" else "")
        page.get_by_role("radio", name=words(f"data.section.{section}")).click()
        if section == "quality":
            page.get_by_role("button", name=words("data.download_quality")).wait_for(
                timeout=180_000
            )
        _settled(page)
        whole(f"data-{section}")
    _corrections(page, words, enter, whole)


def _corrections(
    page: Page, words: Words, enter: Callable[[], None], whole: Callable[[str], None]
) -> None:
    """A road chosen, and the list of what is corrected."""
    enter()
    page.get_by_role("radio", name=words("data.section.roads")).click()
    size = page.viewport_size or {"width": 0}
    name = f"{words.locale} {size['width']}"
    page.get_by_label(words("data.name")).fill(name, timeout=120_000)
    page.get_by_role("button", name=words("overrides.copy")).click()
    page.get_by_text(words("overrides.click_first")).wait_for(timeout=60_000)
    _click_middle(page)
    page.get_by_text(words("overrides.click")).wait_for(timeout=60_000)
    _click_middle(page)
    button = page.get_by_role("button", name=words("overrides.add"))
    button.wait_for(timeout=60_000)
    whole("data-road")
    button.click()
    page.locator("table.qh-table tbody tr").wait_for(timeout=60_000)
    whole("data-corrected")


def _dropzone(page: Page) -> Locator:
    return page.locator('[data-testid="stFileUploaderDropzone"]').first


def _choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option).click()


def _settled(page: Page) -> None:
    """Wait until the server has nothing more to say, and its maps are drawn."""
    page.wait_for_timeout(700)
    wait_until(
        page,
        """() => document.querySelector('.stApp')?.dataset.testScriptState === 'notRunning'
            && !document.querySelector('[data-testid="stSpinner"]')""",
        timeout_ms=180_000,
    )
    page.wait_for_timeout(700)


def _click_middle(page: Page) -> None:
    frame = map_frame(page)
    wait_until(frame, "window.qh && Object.keys(qh.data).length > 0")
    box = page.locator(MAP).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


@contextmanager
def _tall(page: Page) -> Iterator[None]:
    """A window as tall as the page, so that nothing is left below."""
    before = page.viewport_size
    assert before is not None
    height = page.evaluate(
        """() => {
            const main = document.querySelector('[data-testid="stMain"]');
            return main.scrollHeight + main.getBoundingClientRect().top;
        }"""
    )
    page.set_viewport_size({"width": before["width"], "height": max(before["height"], height)})
    page.wait_for_timeout(500)
    yield
    page.set_viewport_size(before)
