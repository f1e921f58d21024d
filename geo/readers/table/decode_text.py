"""The bytes of a text file as text, also where some of its rows are in another encoding."""

from __future__ import annotations

import csv
import re

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog

__all__ = ["decode_text"]

# In UTF-8 a Chinese character takes three bytes. A pair of bytes of GBK may look like one of two.
_THREE_BYTES = re.compile(rb"[\xe3-\xef][\x80-\xbf]{2}")
_NAMES = {"utf-8": "UTF-8", "gb18030": "GB18030"}


def decode_text(raw: bytes, file: str, quality: QualityLog) -> str:
    """UTF-8 with or without BOM, UTF-16 with BOM, else GB18030 (which holds GBK and GB 2312).

    Where rows of another file were appended, each row is decoded by itself, and those in the
    encoding of the minority are reported.

    Raises
    ------
    StudyError
        None of them (``text_encoding``).
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = raw.decode("utf-16")
        except UnicodeDecodeError as error:
            raise StudyError("text_encoding", file=file) from error
        quality.add("info", "encoding_guessed", file=file, value="UTF-16")
        return text
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    mixed = _by_line(raw, file, quality)
    if mixed is not None:
        return mixed
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError as error:
        raise StudyError("text_encoding", file=file) from error
    quality.add("info", "encoding_guessed", file=file, value="GB18030")
    return text


def _by_line(raw: bytes, file: str, quality: QualityLog) -> str | None:
    """The text of lines in two encodings; None where no line is in UTF-8."""
    lines = raw.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True)
    in_utf8 = [_is_utf8(line) for line in lines]
    utf8, other = in_utf8.count(True), in_utf8.count(False)
    if not utf8:
        return None
    usual = utf8 >= other
    encoding = "utf-8" if usual else "gb18030"
    if not usual:
        quality.add("info", "encoding_guessed", file=file, value=_NAMES[encoding])
    decoded: list[str] = []
    unusual: dict[int, tuple[str, str]] = {}
    for number, (line, fits) in enumerate(zip(lines, in_utf8, strict=True)):
        if fits is None:
            decoded.append(line.decode("ascii"))
            continue
        own = "utf-8" if fits else "gb18030"
        try:
            decoded.append(line.decode(own))
            if fits != usual:
                unusual[number] = ("row_encoding", _NAMES[own])
        except UnicodeDecodeError:
            decoded.append(line.decode(encoding, errors="replace"))
            unusual[number] = ("row_encoding_bad", "")
    records = _record_of_line(decoded) if unusual else []
    for number, (problem, value) in unusual.items():
        quality.add(
            "warning",
            problem,
            file=file,
            row=records[number],
            action="repaired" if value else "kept",
            value=value,
        )
    return "".join(decoded)


def _is_utf8(line: bytes) -> bool | None:
    """Whether a line is in UTF-8; None where it is plain ASCII."""
    if line.isascii():
        return None
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return _THREE_BYTES.search(line) is not None


def _record_of_line(lines: list[str]) -> list[int]:
    """The number of the record that each line belongs to, from 1: a quoted cell may hold lines."""
    numbers = list(range(1, len(lines) + 1))
    reader = csv.reader(lines)
    try:
        start = 0
        for record, _ in enumerate(reader, start=1):
            numbers[start : reader.line_num] = [record] * (reader.line_num - start)
            start = reader.line_num
    except csv.Error:  # no table: the line is all there is to name
        pass
    return numbers
