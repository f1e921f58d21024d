"""The range of the share in the browser: computed on a click, then shown at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.in_browser import downloaded, serving
from tests.worlds.sensitivity_studies import write_known_study


def test_the_box_and_the_tornado(tmp_path: Path, page_guard: Callable[..., Page]) -> None:
    study = write_known_study(tmp_path / "known")
    env = {"QUARTERHOUR_CACHE": str(tmp_path / "cache"), "QUARTERHOUR_STATE": str(tmp_path / "s")}
    with serving(study, env=env) as address:
        page = page_guard()
        page.goto(f"{address}/coverage?lang=zh-CN")
        page.locator(".st-key-range_compute button").click(timeout=180_000)
        box = page.locator(".st-key-sharerange")
        expect(box.locator(".qh-range")).to_have_text("71.4%（28.6–85.7%）")
        expect(box).to_contain_text("影响最大的是“出行速度±10%”")
        chart = box.locator("img.qh-curve")
        assert "出行速度±10%" in str(chart.get_attribute("alt"))
        assert chart.evaluate("image => image.naturalWidth") > 300
        figure = page.locator(".st-key-panel .qh-pair .qh-value").nth(1)
        expect(figure).to_have_text("71.4%（28.6–85.7%）")
        file = downloaded(page, box.locator(".st-key-range_download button"))
        assert file.suggested_filename.endswith("sensitivity.zip")

        page.goto(f"{address}/coverage?lang=en")
        expect(box.locator(".qh-range")).to_have_text("71.4% (28.6–85.7%)")
        expect(page.locator(".st-key-range_compute")).to_have_count(0)
        expect(box).to_contain_text("For comparison only")
        assert "speed" in str(chart.get_attribute("alt")).lower()
        assert chart.evaluate("image => image.naturalWidth") > 300
        page.close()  # before the server ends
