"""Where the files that come with the program are: samples, guide, settings of the app."""

from __future__ import annotations

import site
import sys
from pathlib import Path

__all__ = ["INSTALLED", "PROJECT_FILES", "SOURCES"]

# Where a wheel puts these files, below the prefix of the environment (pyproject.toml, data-files).
INSTALLED = Path("share") / "quarterhour"
# The folder of the packages: that of the sources, or site-packages.
_PACKAGES = Path(__file__).resolve().parents[2]
# The folder of the sources; None where the program was installed from a wheel.
SOURCES = _PACKAGES if (_PACKAGES / "pyproject.toml").is_file() else None


def _find() -> Path:
    if SOURCES is not None:
        return SOURCES
    # A virtual environment or Python itself, `pip install --user`, `pip install --target`.
    places = (Path(sys.prefix), Path(site.getuserbase()), _PACKAGES)
    found = [place / INSTALLED for place in places if (place / INSTALLED / "data").is_dir()]
    return (found[0] if found else Path(sys.prefix) / INSTALLED).resolve()


# It holds data/ (the samples), docs/ (the guide) and .streamlit/ (the settings of the app).
PROJECT_FILES = _find()
