"""The engine: plain Python on GeoDataFrames and arrays; no Streamlit, folium or matplotlib.

The public names are imported when they are first used, so that ``import geo`` takes milliseconds.

>>> import geo
>>> study = geo.load_study("mystudy")
>>> analysis = geo.run(study)
>>> analysis.summary["layers"]["station"]["share_by_time"]
0.4
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo.analysis import Analysis
    from geo.base.errors import QuarterhourError, StudyError
    from geo.pipeline import check, open_explorer, run
    from geo.study.load import load_study
    from geo.study.model import Study

__all__ = [
    "Analysis",
    "QuarterhourError",
    "Study",
    "StudyError",
    "check",
    "load_study",
    "open_explorer",
    "run",
]

_MODULES = {
    "Analysis": "geo.analysis",
    "QuarterhourError": "geo.base.errors",
    "Study": "geo.study.model",
    "StudyError": "geo.base.errors",
    "check": "geo.pipeline",
    "load_study": "geo.study.load",
    "open_explorer": "geo.pipeline",
    "run": "geo.pipeline",
}

# Type checkers would take any name of a module with `__getattr__` as known.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module 'geo' has no attribute {name!r}")
        value = getattr(import_module(_MODULES[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
