"""Take the pictures of the guide's chapter on scenarios: a bridge is drawn on a copy of the sample.

    python docs/pictures_scenarios.py            into docs/zh/images and docs/en/images

Needs what docs/pictures.py needs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from playwright.sync_api import Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from geo.scenarios.changes import AddRoad, AddSite, Scenario
from geo.scenarios.store import save_scenario
from geo.workspace.edit import copy_study
from layers.words.catalogue import words_for
from tests.browser.in_browser import (
    CHROMIUM,
    FLAGS,
    WUHAN,
    PageGuard,
    map_frame,
    serving,
    wait_until,
)

IMAGES = {"zh-CN": ROOT / "docs" / "zh" / "images", "en": ROOT / "docs" / "en" / "images"}
BRIDGE = ((114.23245, 30.57806), (114.22615, 30.57748))
_PATIENT_MS = 300_000


def _changes(locale: str) -> tuple[AddRoad, AddSite]:
    name = "新食堂" if locale == "zh-CN" else "New canteen"
    road = AddRoad(do="add_road", line=BRIDGE, highway="footway", kind="real")
    site = AddSite(do="add_site", layer="canteens", id="N1", name=name, lon=114.2723, lat=30.5985)
    return road, site


def _choose(page: Page, name: str) -> None:
    """Choose the kind of change; a rerun of the page closes the open list."""
    option = page.get_by_role("option", name=name)
    for _ in range(20):
        page.locator(".st-key-scenario_do input").click()
        try:
            option.click(timeout=5_000)
        except PlaywrightTimeout:
            page.keyboard.press("Escape")
        else:
            return
    raise SystemExit(f"The list of changes does not open: {name}")


def _edit(page: Page, address: str, study: str, locale: str) -> None:
    """The scenario on the map, and a road that is being drawn."""
    words = words_for(locale)
    page.goto(f"{address}/scenarios?study={study}&lang={locale}&layer=canteens")
    expect(page.locator(".st-key-plan-add")).to_be_visible(timeout=_PATIENT_MS)
    _choose(page, words("scenario.do.add_road"))
    expect(page.get_by_text(words("scenario.draw_road", points=0))).to_be_visible()
    frame = map_frame(page)
    wait_until(frame, "() => window.qh && qh.map && qh.map._loaded")
    for number, (lon, lat) in enumerate(((114.252, 30.584), (114.262, 30.588)), start=1):
        frame.evaluate(
            """([lon, lat]) => {
              qh.map.setView([30.587, 114.25], 13, { animate: false });
              const latlng = L.latLng(lat, lon);
              qh.clicked({ latlng, layerPoint: qh.map.latLngToLayerPoint(latlng) });
            }""",
            [lon, lat],
        )
        expect(page.get_by_text(words("scenario.draw_road", points=number))).to_be_visible()
    page.wait_for_timeout(4_000)
    page.screenshot(path=IMAGES[locale] / "scenario-edit.png")


def _compare(page: Page, address: str, study: str, locale: str) -> None:
    """Before and after, as the comparison's page shows it."""
    page.goto(f"{address}/scenarios?study={study}&lang={locale}&view=compare")
    expect(page.locator(".st-key-plan-download")).to_be_visible(timeout=_PATIENT_MS)
    inner = page.frame_locator("iframe").first
    inner.locator("[data-view=difference]").click()
    page.wait_for_timeout(2_000)
    page.locator("iframe").first.scroll_into_view_if_needed()
    page.locator("iframe").first.screenshot(path=IMAGES[locale] / "scenario-compare.png")


def main() -> None:
    """Take them in both languages."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        for locale, name in (("zh-CN", "武汉方案"), ("en", "Wuhan plans")):
            study = Path(folder) / name
            copy_study(WUHAN, study, name=name)
            plan = "步行桥" if locale == "zh-CN" else "Foot bridge"
            save_scenario(study, Scenario(plan, "", _changes(locale)))
        env = {"QUARTERHOUR_STUDIES": folder, "QUARTERHOUR_STATE": f"{folder}/state"}
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with serving(WUHAN, env=env) as address:
            for locale, name in (("zh-CN", "武汉方案"), ("en", "Wuhan plans")):
                page = browser.new_page(viewport={"width": 1366, "height": 900})
                page.set_default_timeout(_PATIENT_MS)
                guard = PageGuard(page)
                _edit(page, address, name, locale)
                _compare(page, address, name, locale)
                page.close()
                guard.check()
        browser.close()


if __name__ == "__main__":
    main()
