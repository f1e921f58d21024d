"""The app as a planner's browser sees it, on the bundled sample, with no network at all."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, expect

from geo.analysis import Analysis
from geo.cache import default_cache
from geo.pipeline import run
from geo.study import load_study
from layers.exports import result_bytes

ROOT = Path(__file__).parent.parent.parent
WUHAN = ROOT / "data" / "wuhan"
MAP = 'iframe[title="streamlit_folium.st_folium"]'
FIRST_MAP_MS = 120_000  # the very first run compiles the kernel and builds the graph
sys.path.append(str(ROOT / "tests" / "app"))

OpenPage = Callable[..., Page]


@contextmanager
def serving(study: Path, *options: str, base: str = "") -> Iterator[str]:
    """The app on `study` at a free port; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1"]
    command += ["--server.headless", "true", *options]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "QUARTERHOUR_STUDY": str(study)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}{base}"
    try:
        wait_for(f"{address}/_stcore/health")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(url: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            assert time.monotonic() < until, f"{url} does not answer"
            time.sleep(0.1)


@pytest.fixture(scope="module")
def wuhan() -> Analysis:
    """The sample as the engine computes it, to compare the pages with."""
    return run(load_study(WUHAN), cache=default_cache())


@pytest.fixture(scope="module")
def app(wuhan: Analysis) -> Iterator[str]:
    """The app on the sample; the graph is in the cache by now."""
    with serving(WUHAN) as address:
        yield address


def drawn_map(page: Page) -> Frame:
    """The map's frame, once all of its layers are drawn."""
    page.locator(f"{MAP}, .qh-problem, .stException").first.wait_for(timeout=FIRST_MAP_MS)
    problems = page.locator(".qh-problem, .stException").all_inner_texts()
    assert not problems, problems
    handle = page.locator(MAP).element_handle()
    frame = handle.content_frame() if handle else None
    assert frame is not None
    frame.locator("canvas").first.wait_for(timeout=30_000)
    frame.wait_for_function(
        """() => {
            if (!window.qh || !window.map) { return false; }
            var groups = [], pending = false;
            map.eachLayer(function (layer) { if (layer.qhLevel) { groups.push(layer); } });
            groups.forEach(function (group) { if (!group.getLayers().length) { pending = true; } });
            return groups.length >= 5 && !pending;
        }""",
        timeout=30_000,
    )
    return frame


def on_screen(page: Page, frame: Frame, lon: float, lat: float) -> tuple[float, float]:
    at = frame.evaluate(
        "([lon, lat]) => { var p = map.latLngToContainerPoint([lat, lon]); return [p.x, p.y]; }",
        [lon, lat],
    )
    box = page.locator(MAP).bounding_box()
    assert box is not None
    return box["x"] + at[0], box["y"] + at[1]


def click_map(page: Page, frame: Frame, lon: float, lat: float) -> None:
    """Click the map at a place."""
    page.mouse.click(*on_screen(page, frame, lon, lat))


def hover(page: Page, frame: Frame, lon: float, lat: float) -> None:
    """Rest the pointer on a place of the map."""
    x, y = on_screen(page, frame, lon, lat)
    for step in (6, 3, 0):  # Leaflet drops a move that comes within 32 ms of another
        page.mouse.move(x - step, y)
        page.wait_for_timeout(60)


def painted_share(frame: Frame) -> float:
    """Share of the canvas' pixels that hold paint."""
    share: float = frame.evaluate(
        """() => {
            var canvas = document.querySelector("canvas");
            var data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            var painted = 0;
            for (var i = 3; i < data.length; i += 4) { if (data[i]) { painted += 1; } }
            return painted / (data.length / 4);
        }"""
    )
    return share


def _unit_to_click(analysis: Analysis) -> tuple[str, str, float, float]:
    """Id, name and inner point of the largest unit: easy to hit."""
    areas = analysis.areas
    row = areas.loc[areas.to_crs("EPSG:6933").area.idxmax()]
    point = row.geometry.representative_point()
    return str(row["unit_id"]), str(row["unit_name"]), point.x, point.y


def test_a_planners_walk(app: str, wuhan: Analysis, page_guard: OpenPage, tmp_path: Path) -> None:
    page = page_guard()
    page.goto(f"{app}/?lang=zh-CN")
    frame = drawn_map(page)
    assert painted_share(frame) > 0.2

    layers = wuhan.summary["layers"]
    values = page.locator(".qh-figure .qh-value")
    expect(values.nth(0)).to_have_text("100.0%")
    expect(values.nth(1)).to_have_text(f"{layers['medical_insurance']['share_by_time']:.1%}")
    expect(page.get_by_text("设点覆盖率必然为100%")).to_be_visible()
    expect(frame.get_by_text("未经审图，仅限内部使用")).to_be_visible()
    expect(frame.get_by_text("OpenStreetMap")).to_be_visible()

    unit, name, lon, lat = _unit_to_click(wuhan)
    click_map(page, frame, lon, lat)
    expect(page.locator("h3.qh-head")).to_contain_text(name)
    units = wuhan.units
    row = units[(units["unit_id"] == unit) & (units["layer"] == "medical_insurance")].iloc[0]
    share = "—" if row["demand_total"] == 0 else f"{row['share_by_time']:.1%}"
    expect(values.nth(1)).to_have_text(share)

    marked = frame.evaluate("window.stayed = true")
    assert marked
    page.get_by_role("radio", name="电动自行车").click()
    expect(page.locator(".qh-figure .qh-label").nth(1)).to_contain_text("电动自行车")
    expect(page.locator("h3.qh-head")).to_contain_text(name)  # the unit stays chosen
    frame = drawn_map(page)
    assert frame.evaluate("window.stayed === true"), "the map was built anew"

    page.get_by_role("link", name="盲区清单").click()
    page.locator('[data-testid="stDataFrame"]').wait_for()
    for file, button in (("gaps.csv", "按单元 CSV"), ("gap_points.csv", "按居民点 CSV")):
        with page.expect_download() as download:
            page.get_by_role("button", name=button).click()
        assert download.value.suggested_filename == file
        target = tmp_path / file
        download.value.save_as(target)
        assert target.read_bytes() == result_bytes(wuhan, file)


def test_the_walk_in_english(app: str, wuhan: Analysis, page_guard: OpenPage) -> None:
    page = page_guard(1024, 768)
    page.goto(f"{app}/?lang=en")
    frame = drawn_map(page)
    _, name, lon, lat = _unit_to_click(wuhan)
    click_map(page, frame, lon, lat)
    expect(page.locator("h3.qh-head")).to_contain_text(name)
    page.get_by_role("link", name="Gaps").click()
    page.locator('[data-testid="stDataFrame"]').wait_for()
    expect(page.get_by_role("button", name="Both lists, XLSX")).to_be_visible()
    # Nothing sticks out sideways.
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_same_unit_can_be_clicked_again(
    app: str, wuhan: Analysis, page_guard: OpenPage
) -> None:
    page = page_guard()
    page.goto(f"{app}/?lang=en")
    frame = drawn_map(page)
    _, name, lon, lat = _unit_to_click(wuhan)
    click_map(page, frame, lon, lat)
    expect(page.locator("h3.qh-head")).to_contain_text(name)
    page.get_by_role("button", name="Whole area").click()
    expect(page.locator("h3.qh-head")).to_have_count(0)
    click_map(page, frame, lon, lat)
    expect(page.locator("h3.qh-head")).to_contain_text(name)


def test_under_a_base_path_with_names_that_are_payloads(
    page_guard: OpenPage, tmp_path: Path
) -> None:
    from tiny_study import write_study

    payload = "<img src=x onerror=alert(1)>`${alert(2)}</script>"
    study = write_study(tmp_path / "tiny", names=[payload] * 5, unit=payload)
    with serving(study, "--server.baseUrlPath", "plan", base="/plan") as address:
        page = page_guard()
        page.goto(f"{address}/?lang=zh-CN")
        frame = drawn_map(page)
        for lon, lat in ((114.315, 30.5), (114.303, 30.49)):  # an estate, then a unit
            hover(page, frame, lon, lat)
            tip = frame.locator(".leaflet-tooltip", has_text="<img src=x onerror")
            expect(tip.first).to_be_visible()
        click_map(page, frame, 114.303, 30.49)
        expect(page.locator("h3.qh-head")).to_contain_text("<img src=x")
        page.close()  # before its server


def test_embedded_it_shows_without_its_chrome(app: str, page_guard: OpenPage) -> None:
    page = page_guard()
    page.goto(f"{app}/?embed=true&lang=en")
    drawn_map(page)
    expect(page.locator("h1.qh-title")).to_contain_text("Central Wuhan")
    expect(page.get_by_role("button", name="中文")).to_have_count(0)
    expect(page.get_by_text("Gaps", exact=True)).to_have_count(0)
    expect(page.locator('[data-testid="stToolbar"]')).to_be_hidden()
