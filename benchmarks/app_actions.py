"""Actions of a user on the Coverage page, for the app benchmark."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page

from tests.browser.in_browser import MAP, free_places, map_frame

__all__ = ["Actions"]


class Actions:
    """Actions on the English Coverage page, each time at another place.

    Methods whose names begin with ``to_`` prepare a measurement and are not part of one.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._places = _free(page)
        ways = page.get_by_role("radiogroup", name="Travel").get_by_role("radio")
        self.layers = ways.count()
        self._ways = itertools.cycle([ways.nth(number) for number in (*range(1, self.layers), 0)])

    def click_the_map(self) -> None:
        """Click inside another unit, where no point lies."""
        box: Any = self._page.locator(MAP).bounding_box()
        x, y = next(self._places)
        self._page.mouse.click(box["x"] + x, box["y"] + y)

    def other_layer(self) -> None:
        """Choose the service's next way of travel."""
        next(self._ways).click()

    def to_limit(self, minutes: int) -> None:
        """Type a limit without pressing Enter."""
        self._page.get_by_role("combobox", name="Limit (or type)").click()
        self._page.keyboard.type(str(minutes))
        self._page.wait_for_timeout(200)

    def enter(self) -> None:
        """Press Enter."""
        self._page.keyboard.press("Enter")

    def to_clicks(self, kind: str) -> None:
        """Set what a click on the map does; `kind` is a label of the switch."""
        self._page.get_by_role("radio", name=kind).click()
        # The map may show other layers, and a click on a cluster of sites only zooms in.
        self._page.wait_for_timeout(3000)
        self._places = _free(self._page)

    def to_no_trials(self) -> None:
        """Remove all sites on trial."""
        self._page.get_by_role("button", name="Remove all").click()


def _free(page: Page) -> Iterator[tuple[float, float]]:
    """Places to click, repeated without end."""
    return itertools.cycle([(x, y) for _, x, y in free_places(map_frame(page))])
