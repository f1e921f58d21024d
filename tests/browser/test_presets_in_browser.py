"""The rural bundle added to a new study through the page, and the overview that it leads to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from geo.study.load import load_study
from geo.study.presets import bundles
from geo.workspace.draft import create_draft
from geo.workspace.edit import Replacement, replace_input
from layers.words.catalogue import words_for
from tests.browser.in_browser import click_until
from tests.worlds.tiny_study import write_study

WORDS = words_for("zh-CN")


def _new_study(folder: Path, files: Path) -> None:
    """A new study that lacks its services only."""
    create_draft(folder, name=folder.name, locale="zh-CN")
    units = {"id": "code", "level": "township", "parents": ("county",)}
    replace_input(folder, Replacement("units", files / "units.geojson", "geojson", "", units))
    replace_input(folder, Replacement("demand", files / "estates.csv", "csv"))
    replace_input(folder, Replacement("network", files / "roads.geojson", "geojson"))


def test_the_rural_bundle_is_added_with_one_choice(
    app: str, studies: Path, tmp_path: Path, page_guard: Callable[..., Page]
) -> None:
    _new_study(studies / "乡村", write_study(tmp_path / "tiny"))
    page = page_guard()
    page.set_default_timeout(60_000)
    page.goto(f"{app}/start?study=乡村&lang=zh-CN")
    page.get_by_text(WORDS("preset.page_way_preset"), exact=True).click()
    bundle = bundles()["rural"]
    choice = page.locator(".st-key-preset_choice").get_by_role("combobox")
    choice.click()
    choice.fill(WORDS.text(bundle.title))
    page.get_by_role("option").first.click()
    expect(page.get_by_text(WORDS.text(bundle.about))).to_be_visible()
    to_coverage = page.get_by_role("button", name=WORDS("data.to_coverage"))
    click_until(page, page.locator(".st-key-preset_add button"), to_coverage)
    rows = page.locator(".st-key-overview tbody tr")
    click_until(page, to_coverage, rows)
    study = load_study(studies / "乡村")
    assert tuple(layer.preset for layer in study.layers) == bundle.presets
    assert all(layer.waiting for layer in study.layers)
    # A study of more than four layers begins with the overview.
    expect(rows).to_have_count(len(bundle.presets))
    expect(rows.first).to_contain_text(WORDS("overview.missing"))
    expect(page.locator(".st-key-overview table")).to_contain_text("等级医院名单.xlsx")
