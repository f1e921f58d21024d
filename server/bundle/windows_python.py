"""Python for Windows, as a file that the start script can install without admin rights."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from geo.base.errors import QuestionError
from server.bundle.targets import Target

__all__ = ["check_windows_python"]

# python.org's installer, and the package of nuget.org: start.ps1 looks for the same names.
_NAME = re.compile(r"python-(3\.\d+)\.\d+-amd64\.exe|python\.(3\.\d+)\.\d+\.nupkg")


def check_windows_python(path: Path, targets: Sequence[Target]) -> Path:
    """Return `path` if the start script can use it for one of `targets`.

    Raises
    ------
    QuestionError
        ``bundle_windows_python``: another file, or a version that is not in the bundle;
        ``bundle_windows_python_missing``.
    """
    pythons = {target.python for target in targets if target.platform == "windows"}
    found = _NAME.fullmatch(path.name)
    if found is None or (found[1] or found[2]) not in pythons:
        known = ", ".join(sorted(pythons)) or "-"
        raise QuestionError("bundle_windows_python", file=path.name, known=known)
    if not path.is_file():
        raise QuestionError("bundle_windows_python_missing", file=str(path))
    return path
