"""Text compressed with gzip or bzip2, refused where it expands too much."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path
from typing import IO, cast

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.readers.guard.zip_members import MAX_RATIO

__all__ = ["refuse_swollen", "unpacked"]

# Up to this size every ratio is harmless.
_SMALL_BYTES = 64 * 2**20
_AT_A_TIME = 2**20


def unpacked(path: Path, packing: str) -> IO[bytes]:
    """The content of a file compressed by ``gz`` or ``bz2``, or of a plain one, as a stream."""
    if not packing:
        return path.open("rb")
    return cast(IO[bytes], gzip.open(path, "rb") if packing == "gz" else bz2.open(path, "rb"))


def refuse_swollen(path: Path, file: str, packing: str) -> None:
    """Refuse a compressed file that expands to over a hundred times its size.

    Takes one pass of decompression, a small part of the time of parsing. OpenStreetMap's XML
    compresses 10:1 to 20:1.

    Raises
    ------
    StudyError
        ``packed_ratio``, ``packed_broken``.
    """
    most = max(_SMALL_BYTES, MAX_RATIO * path.stat().st_size)
    seen = 0
    try:
        with unpacked(path, packing) as handle:
            while piece := handle.read(_AT_A_TIME):
                seen += len(piece)
                if seen > most:
                    raise StudyError("packed_ratio", file=file, most=MAX_RATIO)
    except (OSError, EOFError, ValueError) as error:
        if isinstance(error, StudyError):
            raise
        raise StudyError("packed_broken", file=file, reason=one_line(error)) from error
