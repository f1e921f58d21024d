"""Search of Chinese names by full pinyin, by initials, and by mixtures of both.

武昌区 matches ``wcq``, ``wuchangqu``, ``wuchq`` and ``武chang``: the query is split in every way
into syllables, initials and characters, of which the last may be incomplete. A character with
several readings matches by each of them, because the first reading in a table is wrong for names
such as 重庆, 长沙 and 六安.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

__all__ = ["SoundIndex", "plain"]

_END = "\n"
# Initials of two letters; all others have one.
_DOUBLE = ("zh", "ch", "sh")
_LONGEST = 6


def plain(text: str) -> str:
    """Text in the form used for comparison: half-width, without capitals."""
    return unicodedata.normalize("NFKC", text).casefold().replace(_END, " ").strip()


class SoundIndex:
    """Finds names by their sound.

    Parameters
    ----------
    names : list of str
        As `plain` gives them.
    """

    def __init__(self, names: list[str]) -> None:
        signs = np.frombuffer((_END.join(names) + _END).encode("utf-32-le"), np.uint32)
        distinct, kind = np.unique(signs, return_inverse=True)
        entry = np.concatenate([[0], np.cumsum(signs == ord(_END))])[:-1]
        readings = [_readings(chr(sign)) for sign in distinct]
        # Signs without a reading (a dot, a bracket) are skipped; the ends of names are not.
        matched = np.array([bool(r) for r in readings]) | (distinct == ord(_END))
        kept = matched[kind]
        self._kind = kind[kept].astype(np.int32)
        self._entry = entry[kept].astype(np.int64)
        self._first = np.searchsorted(self._entry, np.arange(len(names) + 1))
        whole: dict[str, set[int]] = defaultdict(set)
        begun: dict[str, set[int]] = defaultdict(set)
        for number, sounds in enumerate(readings):
            for sound in sounds:
                for length in range(1, len(sound) + 1):
                    begun[sound[:length]].add(number)
                for part in (sound, sound[:1], sound[:2] if sound[:2] in _DOUBLE else sound):
                    whole[part].add(number)
        self._whole = {part: self._of(kinds, len(distinct)) for part, kinds in whole.items()}
        self._begun = {part: self._of(kinds, len(distinct)) for part, kinds in begun.items()}

    @staticmethod
    def _of(kinds: set[int], count: int) -> NDArray[np.bool_]:
        mask = np.zeros(count, np.bool_)
        mask[list(kinds)] = True
        return mask

    def find(self, query: str) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
        """Find the names that match a query.

        Parameters
        ----------
        query : str
            As `plain` gives it.

        Returns
        -------
        entry : int64
            Indices of the names that match; an index may repeat.
        at_start, to_end : bool
            Whether the match begins at the start of the name, and whether it reaches its end.
        """
        letters = "".join(sign for sign in query.replace("ü", "v") if sign.isalnum())
        # The positions that come next, by the number of letters and of signs matched so far.
        active: dict[tuple[int, int], list[NDArray[np.int64]]] = defaultdict(list)
        done: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        for start in range(len(letters)):
            states = [(0, None)] if start == 0 else _at(active, start)
            for signs, positions in states:
                for end in range(start + 1, min(start + _LONGEST, len(letters)) + 1):
                    last = end == len(letters)
                    mask = (self._begun if last else self._whole).get(letters[start:end])
                    if mask is None:
                        continue
                    if positions is None:
                        hit = np.flatnonzero(mask[self._kind])
                    else:
                        hit = positions[mask[self._kind[positions]]]
                    if last:
                        done.append((hit - signs, hit))
                    elif len(hit):
                        # The last sign is the end of a name, so this index exists.
                        active[end, signs + 1].append(hit + 1)
        if not done:
            return np.empty(0, np.int64), np.empty(0, np.bool_), np.empty(0, np.bool_)
        begin, last_sign = (np.concatenate(part) for part in zip(*done, strict=True))
        entry = self._entry[begin]
        at_start = begin == self._first[entry]
        to_end = last_sign == self._first[entry + 1] - 2
        return entry, at_start, to_end


def _at(
    active: dict[tuple[int, int], list[NDArray[np.int64]]], start: int
) -> list[tuple[int, NDArray[np.int64] | None]]:
    """The states after the first `start` letters, without duplicate positions."""
    mine = sorted(signs for at, signs in active if at == start)
    return [(signs, np.unique(np.concatenate(active[start, signs]))) for signs in mine]


def _readings(sign: str) -> set[str]:
    """The readings of a sign and the sign itself; empty for signs without a reading."""
    if not sign.isalnum():
        return set()
    if sign.isascii():
        return {sign}
    # Imported here because the import takes half a second and only a search needs it.
    from pypinyin import Style, pinyin

    found = pinyin(sign, style=Style.NORMAL, heteronym=True, errors="ignore")
    sounds = {sound for group in found for sound in group if sound.isascii()}
    # 吕 is typed lv, lyu or lu.
    for sound in [s for s in sounds if s[:2] in ("lv", "nv")]:
        sounds |= {sound[0] + "yu" + sound[2:], sound[0] + "u" + sound[2:]}
    return sounds | {sign}
