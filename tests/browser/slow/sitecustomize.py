"""Makes isochrones of limits other than the study's take seconds, as those of a province do.

Python imports this module at its start in every process that has this folder on its path.
"""

from __future__ import annotations

import sys
import time
from typing import Any

SECONDS = 4.0

if any(argument.endswith(("streamlit", "app_pages.server")) for argument in sys.orig_argv):
    from geo.questions.explorer import Explorer

    own = Explorer.isochrones

    def isochrones(self: Explorer, *given: Any, progress: Any = None, **named: Any) -> Any:
        # Isochrones of the study's own limit are part of its analysis and stay fast.
        until = time.monotonic() + (SECONDS if named.get("limit") is not None else 0.0)
        while time.monotonic() < until:
            if progress is not None:
                progress.step()
            time.sleep(0.05)
        return own(self, *given, progress=progress, **named)

    Explorer.isochrones = isochrones  # type: ignore[method-assign]
