"""Names of files and folders made from texts of a user, for every operating system."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

__all__ = ["TURNING", "distinct_file_names", "file_name", "is_device"]

# Unicode's signs for the direction of text, for `str.translate`: U+202E shows "exe.jpg" for
# "gpj.exe".
TURNING = dict.fromkeys([0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])

# Not in a file's name on Windows; nor is a dot at its end.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]+')
_LONGEST = 80
# File systems count bytes: 255, with room for a code and a suffix.
_LONGEST_BYTES = 200
_LONGEST_CODE = 40
# Windows opens a device by these names, whatever follows the first dot.
_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{device}{number}" for device in ("com", "lpt") for number in "0123456789¹²³"
}


def is_device(name: str) -> bool:
    """Whether Windows takes a file of this name for a device."""
    return name.split(".")[0].strip().casefold() in _DEVICES


def file_name(text: str) -> str:
    """A file or folder name that every operating system accepts and shows as it is.

    Control and format characters are left out: U+202E turns the name around, so that a program
    looks like a picture.
    """
    # Of category C all but unassigned characters, which may be of a newer Unicode.
    seen = "".join(
        letter
        for letter in unicodedata.normalize("NFC", text)
        if letter.isspace() or unicodedata.category(letter) not in ("Cc", "Cf", "Cs")
    )
    name = " ".join(_FORBIDDEN.sub(" ", seen).split())[:_LONGEST]
    name = name.encode()[:_LONGEST_BYTES].decode(errors="ignore").strip(" .") or "-"
    return f"_{name}" if is_device(name) else name


def distinct_file_names(
    texts: Iterable[str], codes: Sequence[str], *, taken: Iterable[str] = ()
) -> list[str]:
    """`file_name` of each text, in which no two are one file on any system.

    Texts whose names would be the same get their codes, and a number where these are the same too.
    So does a text whose name is among `taken`.

    Parameters
    ----------
    texts : iterable of str
    codes : sequence of str
        A code for each text.
    taken : iterable of str
        Names of other files in the same folder.
    """
    names = [file_name(text) for text in texts]
    reserved = {_folded(name) for name in taken}
    counts = Counter(_folded(name) for name in names)
    coded = [
        f"{name} {_short(code)}" if counts[_folded(name)] > 1 or _folded(name) in reserved
        else name
        for name, code in zip(names, codes, strict=True)
    ]  # fmt: skip
    # Names that are unlike all others keep theirs, so they come first.
    used = reserved | {_folded(name) for name in names if counts[_folded(name)] == 1}
    found: list[str] = []
    for name, full in zip(names, coded, strict=True):
        unique, number = full, 2
        while full != name and _folded(unique) in used:
            unique, number = f"{full} {number}", number + 1
        used.add(_folded(unique))
        found.append(unique)
    return found


def _short(code: str) -> str:
    return file_name(code).encode()[:_LONGEST_CODE].decode(errors="ignore")


def _folded(name: str) -> str:
    """What Windows and macOS compare."""
    return unicodedata.normalize("NFC", name.casefold())
