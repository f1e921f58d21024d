"""Where the ledger of a study lies, and why it cannot lie on a network share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ledger.errors import LedgerError

__all__ = ["COPIES", "DATABASE", "ID_FILE", "INPUTS", "refuse_network_share"]

DATABASE, ID_FILE = "ledger.db", "ledger.id"
# Copies of each day, and those made before a ledger is changed as a whole.
COPIES = "ledger_copies"
# The inputs of locked periods.
INPUTS = "ledger_inputs"

_NETWORK = {
    "nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afs", "ncpfs", "coda", "ceph", "lustre",
    "glusterfs", "fuse.glusterfs", "fuse.sshfs", "fuse.davfs", "fuse.davfs2", "fuse.cifs",
    "fuse.smbnetfs", "fuse.rclone", "davfs", "webdav", "afpfs",
}  # fmt: skip
_DRIVE_REMOTE = 4


def refuse_network_share(folder: Path) -> None:
    """Refuse a folder whose locks SQLite cannot rely on.

    Raises
    ------
    LedgerError
        ``ledger_network_share``.
    """
    if _is_remote(folder.resolve()):
        raise LedgerError("ledger_network_share", file=str(folder))


def _is_remote(folder: Path) -> bool:
    if sys.platform == "win32":
        import ctypes

        anchor = folder.anchor
        if anchor.startswith("\\\\"):
            return True
        return bool(ctypes.windll.kernel32.GetDriveTypeW(anchor) == _DRIVE_REMOTE)
    return file_system(folder, _mounts()) in _NETWORK


def _mounts() -> str:
    try:
        return Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:  # a system without /proc
        return ""


def file_system(folder: Path, mounts: str) -> str:
    """The kind of the file system that holds `folder`, from the lines of ``/proc/self/mounts``."""
    best, kind = "", ""
    for line in mounts.splitlines():
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        # Spaces and the like are written in octal.
        point = parts[1].encode("utf-8", "surrogateescape").decode("unicode_escape", "replace")
        point = point.encode("latin-1", "replace").decode("utf-8", "replace")
        inside = (
            os.path.commonpath([point, str(folder)]) == point if point.startswith("/") else False
        )
        # Of two mounts at one place the later one counts.
        if inside and len(point) >= len(best):
            best, kind = point, parts[2]
    return kind
