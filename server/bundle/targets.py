"""Which wheels a machine takes: platforms, versions of Python, their part of the lock."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from packaging.requirements import Requirement

from geo.base.errors import QuestionError

__all__ = ["PLATFORMS", "PYTHONS", "Locked", "Target", "lock_entries", "locked_for", "targets_of"]

# With the greatest version first, since pip takes the first tag that fits. 2.28: RHEL 8, Debian 10,
# Ubuntu 20.04, openEuler 20.03 and Kylin V10 have that version of glibc or a later one.
_GLIBC_MINORS = range(28, 4, -1)
_MANYLINUX = tuple(f"manylinux_2_{minor}_x86_64" for minor in _GLIBC_MINORS)
# Platform → the tags of its wheels, and what markers in the lock ask about it.
PLATFORMS = {
    "windows": ("win_amd64",),
    "linux": (
        *_MANYLINUX,
        "manylinux2014_x86_64",
        "manylinux2010_x86_64",
        "manylinux1_x86_64",
        "linux_x86_64",
    ),
}
_MARKERS = {
    "windows": {
        "sys_platform": "win32",
        "platform_system": "Windows",
        "os_name": "nt",
        "platform_machine": "AMD64",
    },
    "linux": {
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "platform_machine": "x86_64",
    },
}
# The versions of Python for which every package of the lock has wheels.
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


@dataclass(frozen=True)
class Target:
    """A platform and a version of Python."""

    platform: str
    python: str

    @property
    def environment(self) -> dict[str, str]:
        """What markers of requirements ask about this target."""
        return {
            **_MARKERS[self.platform],
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }


@dataclass(frozen=True)
class Locked:
    """A package of the lock: its requirement, and the hashes of its files."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def pin(self) -> str:
        """The requirement without its marker, with its hashes: an entry of a lock."""
        head = f"{self.requirement.name}{self.requirement.specifier}"
        return " \\\n    ".join((head, *(f"--hash=sha256:{value}" for value in self.hashes)))


def targets_of(platform: str, pythons: Sequence[str]) -> list[Target]:
    """The targets of the options of the command; no versions: all that the lock supports.

    Raises
    ------
    QuestionError
        ``bundle_platform``, ``bundle_python``: not one of those that are supported.
    """
    if platform not in (*PLATFORMS, "all"):
        raise QuestionError("bundle_platform", value=platform, known=", ".join((*PLATFORMS, "all")))
    for python in pythons:
        if python not in PYTHONS:
            raise QuestionError("bundle_python", value=python, known=", ".join(PYTHONS))
    platforms = PLATFORMS if platform == "all" else (platform,)
    chosen = [python for python in PYTHONS if python in pythons or not pythons]
    return [Target(name, python) for name in platforms for python in chosen]


def lock_entries(text: str) -> list[Locked]:
    """The packages of a lock file, in its order."""
    found = []
    for entry in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]:
        lines = [line for line in entry.splitlines() if not line.lstrip().startswith("#")]
        requirement = Requirement(lines[0].rstrip(" \\"))
        found.append(Locked(requirement, tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", entry))))
    return found


def locked_for(entries: Sequence[Locked], target: Target) -> list[Locked]:
    """The packages that `target` needs, without those of other systems and versions.

    pip would ask the markers about the machine that it runs on.
    """
    return [
        entry
        for entry in entries
        if entry.requirement.marker is None or entry.requirement.marker.evaluate(target.environment)
    ]
