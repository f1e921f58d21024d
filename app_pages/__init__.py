"""The pages of the app, one file a page over the widgets in the sub-packages.

`PAGES` is the list of pages. To add a page, add its file, a `Page` here and its words
(``page.<key>`` in the wording catalogues).
"""

from __future__ import annotations

import os
from dataclasses import dataclass

# websockets reads this as it is loaded. With its default of 8192 bytes a browser whose
# cookies or sign-in token are longer gets no connection, so the page stays empty.
os.environ.setdefault("WEBSOCKETS_MAX_LINE_LENGTH", str(32 * 1024))

__all__ = ["PAGES", "Page"]


@dataclass(frozen=True)
class Page:
    """One page of the app.

    Attributes
    ----------
    key : str
        ``page.<key>`` in the wording catalogues is its title; the last part of its address is the
        key, too.
    file : str
        Relative to app.py.
    default : bool
        The page that an address without a page opens. One page is.
    hidden : bool
        Reachable by address only, not listed in the navigation.
    """

    key: str
    file: str
    default: bool = False
    hidden: bool = False


PAGES = (
    Page("start", "app_pages/start.py"),
    Page("overview", "app_pages/overview.py"),
    Page("coverage", "app_pages/coverage.py", default=True),
    Page("gaps", "app_pages/gaps.py"),
    Page("siting", "app_pages/siting.py"),
    Page("scenarios", "app_pages/scenarios.py"),
    Page("ledger", "app_pages/ledger.py"),
    Page("report", "app_pages/report.py"),
    # In the header instead of the navigation, since it opens at the chapter about the page.
    Page("help", "app_pages/help.py", hidden=True),
    Page("data", "app_pages/data.py"),
)
