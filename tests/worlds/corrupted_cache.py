"""Fifty kinds of damage to a cache; each takes the folder of a warm cache and harms it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from geo.base.checksums import CHECKSUMS, digest

__all__ = ["CORRUPTIONS", "entries", "entry_with"]

Harm = Callable[[Path], None]
_MANIFEST = "manifest.json"
# Arrays of the roads, of a network and of positions.
_ARRAYS = ("length_m.npy", "graph.arcs.npy", "lonlat.npy")


def entries(cache: Path) -> list[Path]:
    """The folders of a cache, each with one entry."""
    return sorted(path.parent for path in cache.rglob(_MANIFEST))


def entry_with(cache: Path, array: str) -> list[Path]:
    """The entries that hold an array of this name."""
    found = [path.parent for path in sorted(cache.rglob(array))]
    assert found, array
    return found


def _bytes(name: str, change: Callable[[bytes], bytes]) -> Harm:
    """Change the bytes of a file of this name wherever there is one."""

    def harm(cache: Path) -> None:
        for path in [folder / name for folder in entry_with(cache, name)]:
            before = path.read_bytes()
            after = change(before)
            assert after != before, name
            path.write_bytes(after)

    return harm


def _flip(at: Callable[[bytes], int], bit: int = 0) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        place = at(raw)
        return raw[:place] + bytes([raw[place] ^ (1 << bit)]) + raw[place + 1 :]

    return change


def _flip_at(place: int) -> Callable[[bytes], bytes]:
    return _flip(lambda raw: place % len(raw))


def _swap(first: int, second: int, size: int) -> Callable[[bytes], bytes]:
    """Exchange two stretches; their places count from the end of the header, 128 bytes."""

    def change(raw: bytes) -> bytes:
        a, b = 128 + first * size, 128 + second * size
        out = bytearray(raw)
        out[a : a + size], out[b : b + size] = raw[b : b + size], raw[a : a + size]
        return bytes(out)

    return change


def _array(name: str, change: Callable[[Any], Any]) -> Harm:
    """Write another array, with a right header, under the name of an array."""

    def harm(cache: Path) -> None:
        for folder in entry_with(cache, name):
            np.save(folder / name, change(np.load(folder / name)))

    return harm


def _json(name: str, change: Callable[[Any], Any]) -> Harm:
    """Change a JSON file of all entries."""

    def harm(cache: Path) -> None:
        for folder in entries(cache):
            content = change(json.loads((folder / name).read_text(encoding="utf-8")))
            (folder / name).write_text(json.dumps(content), encoding="utf-8")

    return harm


def _text(name: str, text: bytes) -> Harm:
    def harm(cache: Path) -> None:
        for folder in entries(cache):
            (folder / name).write_bytes(text)

    return harm


def _without(key: str) -> Callable[[Any], Any]:
    return lambda content: {name: value for name, value in content.items() if name != key}


def _swap_contents(first: str, second: str) -> Harm:
    def harm(cache: Path) -> None:
        for folder in entry_with(cache, first):
            one, other = (folder / first).read_bytes(), (folder / second).read_bytes()
            assert one != other
            (folder / first).write_bytes(other)
            (folder / second).write_bytes(one)

    return harm


def _swap_files(first: str, second: str) -> Harm:
    """By renaming, so that each file keeps its size and its time."""

    def harm(cache: Path) -> None:
        for folder in entry_with(cache, first):
            (folder / first).rename(folder / "aside")
            (folder / second).rename(folder / first)
            (folder / "aside").rename(folder / second)

    return harm


def _swap_entries(array: str) -> Harm:
    """Two whole entries, each right in itself, in each other's places."""

    def harm(cache: Path) -> None:
        first, second = entry_with(cache, array)[:2]
        first.rename(cache / "aside")
        second.rename(first)
        (cache / "aside").rename(second)

    return harm


def _array_of_another_entry(array: str) -> Harm:
    def harm(cache: Path) -> None:
        first, second = entry_with(cache, array)[:2]
        assert (first / array).read_bytes() != (second / array).read_bytes()
        shutil.copyfile(first / array, second / array)

    return harm


def _to_folder(name: str) -> Harm:
    def harm(cache: Path) -> None:
        for folder in entry_with(cache, name):
            (folder / name).unlink()
            (folder / name).mkdir()

    return harm


def _gone(name: str) -> Harm:
    def harm(cache: Path) -> None:
        for folder in entry_with(cache, name):
            (folder / name).unlink()

    return harm


def _file_in_place_of_entry(cache: Path) -> None:
    for folder in entries(cache):
        shutil.rmtree(folder)
        folder.write_bytes(b"x")


def _empty_entry(cache: Path) -> None:
    for folder in entries(cache):
        shutil.rmtree(folder)
        folder.mkdir()


def _of_other_key(content: Any) -> Any:
    """Checksums that fit in themselves, of another key."""
    key = "0" * 64
    return {"key": key, "files": content["files"], "sha256": digest(key, content["files"])}


def _first_replaced(content: Any) -> Any:
    name = next(iter(content["files"]))
    return {**content, "files": {**content["files"], name: "0" * 64}}


def _fewer(content: Any) -> Any:
    return {**content, "files": dict(list(content["files"].items())[1:])}


def _arrays(change: Callable[[list[str]], list[str]]) -> Callable[[Any], Any]:
    return lambda content: {**content, "arrays": change(content["arrays"])}


def _notes_changed(content: Any) -> Any:
    return {**content, "notes": {**content["notes"], "quality": [], "inputs": []}}


# Where a header of version 1.0 holds what: magic, version, length, then a dictionary as text.
_HEADER = {"magic": 1, "version": 6, "length": 8, "bracket": 10, "descr": 21, "order": 45}

CORRUPTIONS: dict[str, Harm] = {
    **{f"header bit: {name}": _bytes(_ARRAYS[0], _flip_at(at)) for name, at in _HEADER.items()},
    "header bit: a digit of the type": _bytes(_ARRAYS[0], _flip(lambda raw: raw.index(b"8"))),
    "header bit: byte order": _bytes(_ARRAYS[0], _flip(lambda raw: raw.index(b"<"), 1)),
    "header bit: shape": _bytes(_ARRAYS[0], _flip(lambda raw: raw.index(b"(") + 1)),
    "header bit: not UTF-8": _bytes(_ARRAYS[0], _flip(lambda raw: 30, 7)),
    "header bit: end of line": _bytes(_ARRAYS[0], _flip(lambda raw: 127)),
    **{f"first bit of the data: {name}": _bytes(name, _flip_at(128)) for name in _ARRAYS},
    **{f"last bit of the data: {name}": _bytes(name, _flip_at(-1)) for name in _ARRAYS},
    "a bit in the middle": _bytes(_ARRAYS[1], _flip(lambda raw: (128 + len(raw)) // 2, 3)),
    "numbers in another order": _array(_ARRAYS[2], lambda array: array[::-1].copy()),
    "two pairs swapped": _bytes(_ARRAYS[2], _swap(0, 1, 16)),
    "two arcs swapped": _bytes(_ARRAYS[1], _swap(0, 1, 8)),
    "all bytes reversed": _bytes(_ARRAYS[2], lambda raw: raw[:128] + raw[:127:-1]),
    "data of zeros": _bytes(_ARRAYS[0], lambda raw: raw[:128] + bytes(len(raw) - 128)),
    "data of ones": _bytes(_ARRAYS[1], lambda raw: raw[:128] + b"\xff" * (len(raw) - 128)),
    "empty file": _bytes(_ARRAYS[0], lambda raw: b""),
    "one byte": _bytes(_ARRAYS[1], lambda raw: raw[:1]),
    "magic only": _bytes(_ARRAYS[1], lambda raw: raw[:6]),
    "header only": _bytes(_ARRAYS[2], lambda raw: raw[:128]),
    "half": _bytes(_ARRAYS[0], lambda raw: raw[: len(raw) // 2]),
    "without the last byte": _bytes(_ARRAYS[2], lambda raw: raw[:-1]),
    "one byte more": _bytes(_ARRAYS[0], lambda raw: raw + b"\0"),
    "twice": _bytes(_ARRAYS[1], lambda raw: raw + raw),
    "text": _bytes(_ARRAYS[0], lambda raw: b"<html>" * 40),
    "a huge shape": _bytes(_ARRAYS[0], lambda raw: raw.replace(b"(", b"(9999999999999", 1)),
    "a header that nests deep": _bytes(_ARRAYS[0], lambda raw: raw[:10] + b"(" * 118 + raw[128:]),
    "another type": _array(_ARRAYS[0], lambda array: array.astype(np.float32)),
    "another type of the same size": _array(_ARRAYS[0], lambda array: array.view(np.int64)),
    "other byte order": _array(_ARRAYS[0], lambda array: array.byteswap().view(">f8")),
    "another shape": _array(_ARRAYS[2], lambda array: array.reshape(-1)),
    "turned": _array(_ARRAYS[2], lambda array: array.T),
    "columns first": _array(_ARRAYS[2], np.asfortranarray),
    "one row fewer": _array(_ARRAYS[0], lambda array: array[:-1]),
    "a little longer streets": _array(_ARRAYS[0], lambda array: array * 1.01),
    "two arrays swapped": _swap_contents("u.npy", "v.npy"),
    "two arrays renamed": _swap_files("u.npy", "v.npy"),
    "an array of another entry": _array_of_another_entry(_ARRAYS[1]),
    "two entries swapped": _swap_entries(_ARRAYS[1]),
    "array missing": _gone(_ARRAYS[1]),
    "array is a folder": _to_folder(_ARRAYS[1]),
    "manifest missing": _gone(_MANIFEST),
    "manifest empty": _text(_MANIFEST, b""),
    "manifest of nothing": _text(_MANIFEST, b'{"arrays": [], "notes": {}}'),
    "manifest is a list": _text(_MANIFEST, b"[]"),
    "manifest with a zero": _text(_MANIFEST, b"\0"),
    "manifest nested deep": _text(_MANIFEST, b"[" * 100_000),
    "manifest without notes": _json(_MANIFEST, _without("notes")),
    "notes changed": _json(_MANIFEST, _notes_changed),
    "an array taken out of the manifest": _json(_MANIFEST, _arrays(lambda names: names[1:])),
    "another array in the manifest": _json(_MANIFEST, _arrays(lambda names: [*names, "x"])),
    "checksums missing": _gone(CHECKSUMS),
    "checksums empty": _text(CHECKSUMS, b""),
    "checksums nested deep": _text(CHECKSUMS, b"[" * 100_000),
    "checksums are a number": _text(CHECKSUMS, b"7"),
    "checksums of other types": _text(CHECKSUMS, b'{"key": 1, "files": 2, "sha256": 3}'),
    "checksums of another key": _json(CHECKSUMS, _of_other_key),
    "a checksum replaced": _json(CHECKSUMS, _first_replaced),
    "fewer checksums": _json(CHECKSUMS, _fewer),
    "a file in place of the entry": _file_in_place_of_entry,
    "an empty entry": _empty_entry,
}  # fmt: skip
