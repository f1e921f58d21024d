"""Keyboard and screen readers: the focus is visible, and all labels are in one language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from layers.words.catalogue import words_for
from tests.browser.in_browser import drawn_map, wait_until

OpenPage = Callable[..., Page]

# What a screen reader would say of every control, but for icons and the way to the other language.
_LABELS = """() => [...document.querySelectorAll(
    'button, a, input, nav, iframe, summary, select, textarea')].filter((element) => {
    const box = element.getBoundingClientRect();
    return (box.width > 0 || element.tagName === "INPUT") && !element.closest(".st-key-switch")
        && getComputedStyle(element).visibility !== "hidden";
  }).map((element) => {
    let text = element.innerText || "";
    element.querySelectorAll("[aria-hidden=true]").forEach((hidden) => {
      text = text.replace(hidden.innerText, "");
    });
    const labels = [...(element.labels || [])].map((label) => label.innerText).join(" ");
    const own = element.getAttribute("aria-label") || text.trim() || labels;
    // Screen readers read generated content, too.
    const after = getComputedStyle(element, "::after").content;
    return own || (after !== "none" && after !== "normal" ? after : "") || element.outerHTML;
  })"""
# The focused element, and whether it or what holds it is drawn round.
_FOCUSED = """() => {
    let at = document.activeElement;
    while (at && at.shadowRoot && at.shadowRoot.activeElement) { at = at.shadowRoot.activeElement; }
    if (!at || at === document.body) { return null; }
    const name = at.tagName, found = [];
    for (let i = 0; at && i < 6; i += 1) {
        const style = getComputedStyle(at);
        found.push(style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1);
        found.push(style.boxShadow !== "none");
        at = at.parentElement;
    }
    return [name, found.some((one) => one)];
}"""


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_every_control_has_a_name_in_the_language(
    app: str, page_guard: OpenPage, lang: str
) -> None:
    page = page_guard()
    words = words_for(lang)
    page.goto(f"{app}/?lang={lang}")
    drawn_map(page)
    skip = page.get_by_role("link", name=words("widget.skip"))
    skip.wait_for(state="attached")
    assert page.evaluate("document.documentElement.lang") == lang
    for name in ("coverage", "gaps", "report", "data"):
        page.get_by_role("link", name=words(f"page.{name}"), exact=True).click()
        main = page.locator('[data-testid="stMain"]')
        main.get_by_role("combobox").first.wait_for()
        # A page is complete once its script has run and its widgets stand beside the navigation.
        page.locator('[data-test-script-state="notRunning"]').first.wait_for()
        wait_until(page, f"({_LABELS})().length > 8")
        page.wait_for_timeout(1_500)
        labels = page.evaluate(_LABELS)
        assert not [text for text in labels if text.startswith("<")], name
        if lang == "zh-CN":
            foreign = [text for text in labels if not any("\u4e00" <= c <= "\u9fff" for c in text)]
            assert not foreign, name


def test_the_keyboard_reaches_everything_and_shows_where(app: str, page_guard: OpenPage) -> None:
    page = page_guard()
    page.goto(f"{app}/?lang=zh-CN&unit=420111002")
    frame = drawn_map(page)
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        page.wait_for_timeout(50)
        found = page.evaluate(_FOCUSED)
        if found is None:
            break
        name, ringed = found
        reached.append(name)
        if name == "IFRAME":
            at_map = frame.evaluate("document.activeElement === map.getContainer()")
            assert not at_map or frame.evaluate(
                "getComputedStyle(map.getContainer()).outlineStyle === 'solid'"
            )
        elif name != "MAIN":
            assert ringed, (name, page.evaluate("document.activeElement.outerHTML")[:300])
    assert {"A", "BUTTON", "INPUT", "IFRAME", "SUMMARY"} <= set(reached)
    # The ring leaves the map with the focus.
    assert "qh-keys" not in frame.evaluate("map.getContainer().className")
    # The table of what the map shows is a key press away.
    page.get_by_role("switch", name="以表格显示图面内容").focus()
    page.keyboard.press("Space")
    page.locator('[data-testid="stDataFrame"] [role="grid"]').wait_for(state="attached")
