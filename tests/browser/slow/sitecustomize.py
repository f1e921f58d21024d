"""Makes isochrones of another limit than the study's take seconds, as a province's do.

Python runs this by itself at its start in every process that has this folder on its path.
"""

from __future__ import annotations

import sys
import time
from typing import Any

SECONDS = 4.0

if any(argument.endswith("streamlit") for argument in sys.orig_argv):
    from geo.questions.explorer import Explorer

    own = Explorer.isochrones

    def isochrones(self: Explorer, *given: Any, progress: Any = None, **named: Any) -> Any:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            if progress is not None:
                progress.step()
            time.sleep(0.05)
        return own(self, *given, progress=progress, **named)

    Explorer.isochrones = isochrones  # type: ignore[method-assign]
