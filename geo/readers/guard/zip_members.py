"""Zip archives of unknown origin: the directory is checked before a member is read.

Members are read into memory; their names are never used as paths. `..` in a name is refused all the
same, as the sign of an attack.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path

from geo.base.errors import StudyError
from geo.base.messages import one_line

__all__ = ["checked_members", "open_archive", "read_member"]

MAX_RATIO = 100
MAX_MEMBERS = 1_000
MAX_UNPACKED_BYTES = 2**30
# Up to this size every ratio is harmless: a page of blanks compresses 1,000:1.
_SMALL_BYTES = 2**20
_ENCRYPTED = 0x1
# Set where a name is UTF-8. Without it, Chinese systems write GBK, which zipfile reads as CP437.
_UTF8_NAME = 0x800


def checked_members(archive: zipfile.ZipFile, file: str) -> dict[str, zipfile.ZipInfo]:
    """The files of an archive by name.

    Parameters
    ----------
    archive : zipfile.ZipFile
    file : str
        Its name for messages.

    Raises
    ------
    StudyError
        ``zip_path`` (absolute or with ``..``), ``zip_link``, ``zip_locked`` (a password),
        ``zip_members`` (over 1,000), ``zip_size`` (over 1 GiB unpacked), ``zip_ratio`` (over
        100:1).
    """
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise StudyError("zip_members", file=file, count=len(infos), most=MAX_MEMBERS)
    total = sum(info.file_size for info in infos)
    if total > MAX_UNPACKED_BYTES:
        raise StudyError("zip_size", file=file, megabytes=total // 2**20)
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = _name(info)
        _check(info, name, file)
        if not info.is_dir():
            members[name] = info
    return members


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: str) -> bytes:
    """A member's bytes, at most as many as its directory entry states.

    Raises
    ------
    StudyError
        It is damaged or compressed in an unknown way (``zip_broken``).
    """
    try:
        return archive.read(info)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError) as error:
        raise StudyError("zip_broken", file=file, reason=one_line(error)) from error


def open_archive(path: Path, file: str) -> zipfile.ZipFile:
    """The archive, open for reading.

    Raises
    ------
    StudyError
        The file is not a zip archive (``zip_broken``).
    """
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise StudyError("zip_broken", file=file, reason=one_line(error)) from error


def _check(info: zipfile.ZipInfo, name: str, file: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or parts[0].endswith(":") or "\0" in name:
        raise StudyError("zip_path", file=file, value=one_line(name))
    if stat.S_ISLNK(info.external_attr >> 16):
        raise StudyError("zip_link", file=file, value=one_line(name))
    if info.flag_bits & _ENCRYPTED:
        raise StudyError("zip_locked", file=file)
    if info.file_size > max(_SMALL_BYTES, MAX_RATIO * info.compress_size):
        ratio = info.file_size // max(info.compress_size, 1)
        raise StudyError("zip_ratio", file=file, value=one_line(name), ratio=ratio)


def _name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return info.filename
