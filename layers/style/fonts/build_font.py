"""Rebuild the Chinese font that maps and PDF carry: a subset of Noto Sans SC (SIL OFL 1.1).

    python layers/style/fonts/build_font.py [--cache DIR]

Two pinned npm packages are fetched with npm, checked against a SHA-256 each and read as plain
archives: the font, and the Bureau of Statistics' lists of divisions down to villages, whose names
contain some 580 characters that are not in GB 2312. With the same fontTools, two runs write the
same bytes.

The characters: GB 2312, those of the lists, Big5's first level (names are often mapped in
traditional characters), Latin with its accents, and the punctuation and signs of both languages.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent
FONT = HERE / "QuarterhourSansSC.ttf"
LICENCE = HERE / "OFL.txt"
# The licence reserves the name "Source", not "Noto"; another name keeps the subset apart from a
# whole Noto Sans SC that may be installed beside it.
FAMILY = "Quarterhour Sans SC"

# Package, file that `npm pack` writes, SHA-256.
NOTO = (
    "@expo-google-fonts/noto-sans-sc@0.4.3",
    "expo-google-fonts-noto-sans-sc-0.4.3.tgz",
    "0d69d0f4971d2ff574e3d93cbc218dc950bf3f3f8f8e2c008d97687ed53aee59",
)
NAMES = (
    "china-division@2.7.0",
    "china-division-2.7.0.tgz",
    "210ad17ed5de7355ff069eabec71671f7d43c39295effcb013214815ed3ecc85",
)
LISTS = ("provinces", "cities", "areas", "streets", "villages")
# Latin with accents, general punctuation, sub- and superscripts, currency, letter-like signs,
# number forms, arrows, mathematics, boxes and shapes, CJK punctuation, full-width forms.
RANGES = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x2010, 0x205E), (0x2070, 0x209C), (0x20A0, 0x20BF),
    (0x2100, 0x214F), (0x2150, 0x218B), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2460, 0x24FF),
    (0x25A0, 0x25FF), (0x2713, 0x2717), (0x3000, 0x303F), (0x3220, 0x3229),
    (0x3251, 0x325F), (0x32B1, 0x32BF), (0x3380, 0x33DF), (0xFF01, 0xFFEE),
)  # fmt: skip


def fetch(package: tuple[str, str, str], folder: Path) -> Path:
    """The package's archive in `folder`, fetched where it is missing, with its hash checked.

    Raises
    ------
    ValueError
        The file is not the pinned one.
    """
    name, file, sha256 = package
    path = folder / file
    if not path.exists():
        # Windows has npm.cmd, which only `which` finds.
        npm = shutil.which("npm") or "npm"
        command = [npm, "pack", name, "--silent", "--pack-destination", str(folder)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sha256:
        raise ValueError(f"{file}: SHA-256 is {found}, not {sha256}")
    return path


def member(archive: Path, name: str) -> bytes:
    """One file of a .tgz."""
    with tarfile.open(archive) as tar:
        handle = tar.extractfile(f"package/{name}")
        if handle is None:
            raise ValueError(f"{archive.name}: no {name}")
        return handle.read()


def code_page(encoding: str, first: int, last: int) -> set[int]:
    """The characters of a two-byte code page whose first byte lies in this range."""
    found: set[int] = set()
    for lead in range(first, last + 1):
        for trail in range(0x40, 0xFF):
            try:
                found.update(map(ord, bytes((lead, trail)).decode(encoding)))
            except UnicodeDecodeError:
                continue
    return found


def characters(names: Path) -> set[int]:
    """Code points of the subset."""
    wanted = code_page("gb2312", 0xA1, 0xF7) | code_page("big5", 0xA4, 0xC6)
    for low, high in RANGES:
        wanted |= set(range(low, high + 1))
    for name in LISTS:
        wanted |= set(map(ord, member(names, f"dist/{name}.csv").decode("utf-8")))
    return {code for code in wanted if code >= 0x20}


def build(source: Path, names: Path, target: Path) -> None:
    """Write the subset of the font in `source` to `target`."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.ttf"
        whole.write_bytes(member(source, "400Regular/NotoSansSC_400Regular.ttf"))
        options = subset.Options()
        options.layout_features = []  # neither matplotlib nor the PDF writer shapes text
        options.hinting = False
        options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13]
        options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "STAT", "vhea", "vmtx", "VORG"]
        options.recalc_timestamp = False
        font: TTFont = subset.load_font(str(whole), options)
        worker = subset.Subsetter(options)
        worker.populate(unicodes=characters(names))
        worker.subset(font)
        rename(font)
        subset.save_font(font, str(target), options)


def rename(font: TTFont) -> None:
    """Give the subset a family name of its own; copyright and licence stay."""
    table = font["name"]
    texts = {1: FAMILY, 3: f"{FAMILY} 2.004", 4: FAMILY, 6: FAMILY.replace(" ", "")}
    for record in list(table.names):
        if record.nameID in texts:
            table.setName(
                texts[record.nameID],
                record.nameID,
                record.platformID,
                record.platEncID,
                record.langID,
            )


def main() -> None:
    """Fetch and build; print the size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, help="keeps the downloads (80 MB)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.cache or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        source, names = fetch(NOTO, folder), fetch(NAMES, folder)
        build(source, names, FONT)
        LICENCE.write_bytes(member(source, "LICENSE_FONT"))
    print(f"{FONT.name}: {FONT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
