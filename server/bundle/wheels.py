"""The wheels of an installation: fetched by pip for each target, and built from the sources."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from geo.base.errors import MachineError, QuestionError
from server.bundle.project_files import SOURCES
from server.bundle.targets import PLATFORMS, Locked, Target, locked_for

__all__ = ["build_project_wheel", "fetch_wheels", "source_folder"]

_PIP = ("--disable-pip-version-check", "--no-input")
# Whether it is a debug line or a fault, pip says its last word in such a line.
_ERROR = re.compile(r"^ERROR: (.+)$", re.MULTILINE)
# What the build reads; the rest of a checkout (environments, caches, results) is left out.
_BUILT_FROM = (
    "app_pages",
    "cli",
    "geo",
    "layers",
    "ledger",
    "server",
    "data",
    "docs",
    ".streamlit",
)
_BUILT_FILES = ("app.py", "pyproject.toml", "README.md", "LICENSE")
# 1980-01-01, the earliest date in a zip: the same sources give the same wheel.
_EPOCH = "315532800"


def source_folder() -> Path:
    """The folder of the sources, from which a bundle is made.

    Raises
    ------
    QuestionError
        ``bundle_no_sources``: the program was installed from a wheel.
    """
    if SOURCES is None:
        raise QuestionError("bundle_no_sources")
    return SOURCES


def fetch_wheels(entries: Sequence[Locked], target: Target, folder: Path) -> None:
    """Put the wheels of `entries` that `target` needs into `folder`.

    Raises
    ------
    MachineError
        ``bundle_fetch``: pip cannot fetch one, or its hash is not in the lock.
    """
    with TemporaryDirectory() as scratch:
        lock = Path(scratch) / "target.lock"
        pins = [entry.pin for entry in locked_for(entries, target)]
        lock.write_text("\n".join(pins) + "\n", encoding="utf-8")
        command = ["download", "--quiet", "--require-hashes", "--no-deps", "--only-binary=:all:"]
        for tag in PLATFORMS[target.platform]:
            command += ["--platform", tag]
        command += ["--implementation", "cp", "--python-version", target.python]
        ended = _pip([*command, "--dest", str(folder), "-r", str(lock)])
    if ended.returncode:
        reason = _last_error(ended.stderr)
        raise MachineError(
            "bundle_fetch", platform=target.platform, python=target.python, reason=reason
        )


def build_project_wheel(folder: Path) -> Path:
    """Build the project's own wheel from its sources into `folder`, and return its path.

    Raises
    ------
    MachineError
        ``bundle_build``
    """
    sources = source_folder()
    with TemporaryDirectory() as scratch:
        # A build leaves files in the folder of the sources, and takes up those of former builds.
        copy = Path(scratch) / "sources"
        for name in _BUILT_FROM:
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "static")
            shutil.copytree(sources / name, copy / name, ignore=ignored)
        for name in _BUILT_FILES:
            shutil.copyfile(sources / name, copy / name)
        built = Path(scratch) / "built"
        command = ["wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
        ended = _pip([*command, "--wheel-dir", str(built), str(copy)])
        wheels = list(built.glob("*.whl"))
        if ended.returncode or len(wheels) != 1:
            raise MachineError("bundle_build", reason=_last_error(ended.stderr))
        return Path(shutil.copy(wheels[0], folder))


def _pip(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pip", arguments[0], *_PIP, *arguments[1:]],
        check=False,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "SOURCE_DATE_EPOCH": _EPOCH},
    )


def _last_error(text: str) -> str:
    found = _ERROR.findall(text)
    lines = [line for line in text.splitlines() if line.strip()]
    return str(found[-1] if found else (lines or ["pip"])[-1]).strip()
