"""`quarterhour maps`, and the papers of reports."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from docx import Document
from PIL import Image
from pypdf import PdfReader

import cli

_MM = 25.4


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue("study")
    return found


def _pdf_size(path: Path) -> tuple[int, int]:
    box = PdfReader(path).pages[0].mediabox
    return round(float(box.width) / 72 * _MM), round(float(box.height) / 72 * _MM)


@pytest.mark.parametrize(
    ("paper", "way", "size"),
    [
        ("a4", "landscape", (297, 210)),
        ("a4", "portrait", (210, 297)),
        ("a3", "landscape", (420, 297)),
        ("a3", "portrait", (297, 420)),
    ],
)
def test_maps_have_the_paper_and_the_formats_asked_for(
    folder: Path, tmp_path: Path, paper: str, way: str, size: tuple[int, int]
) -> None:
    out = tmp_path / "maps"
    options = ["--paper", paper, "--orientation", way, "--format", "png,svg,pdf"]
    assert cli.main(["maps", str(folder), "--out", str(out), "--layer", "clinic", *options]) == 0
    assert {path.name for path in out.iterdir()} == {"clinic.png", "clinic.svg", "clinic.pdf"}
    assert _pdf_size(out / "clinic.pdf") == size
    with Image.open(out / "clinic.png") as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert [round(side / 300 * _MM) for side in image.size] == pytest.approx(size, abs=1)
    svg = ET.parse(out / "clinic.svg").getroot()
    wide = float(svg.attrib["width"].removesuffix("pt")) / 72 * _MM
    assert round(wide) == size[0]


def test_maps_of_gaps_take_another_classing(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "maps"
    assert cli.main(["maps", str(folder), "--out", str(out), "--what", "gaps"]) == 0
    assert {path.name for path in out.iterdir()} == {"clinic-gaps.png", "parking-gaps.png"}
    for classing in ("fixed", "quantile", "equal"):
        options = ["--classing", classing, "--layer", "clinic"]
        assert cli.main(["maps", str(folder), "--out", str(out), *options]) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--paper", "a5"], "a4, a3"),
        (["--orientation", "diagonal"], "landscape, portrait"),
        (["--what", "nothing"], "share, gaps"),
        (["--classing", "jenks"], "fixed, quantile, equal"),
        (["--format", "png,gif"], "png, svg, pdf"),
        (["--level", "galaxy"], "galaxy"),
    ],
)
def test_a_wrong_choice_is_one_line_with_the_known_ones(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    said: str,
) -> None:
    assert cli.main(["maps", str(folder), "--out", str(tmp_path / "m"), *options]) == 1
    lines = [line for line in capsys.readouterr().err.strip().splitlines() if line]
    assert len(lines) == 1 and said in lines[0] and options[0] in lines[0]
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize(
    ("paper", "way", "size"), [("a3", "portrait", (297, 420)), ("a4", "landscape", (297, 210))]
)
def test_reports_take_another_paper(
    folder: Path, tmp_path: Path, paper: str, way: str, size: tuple[int, int], lang: str
) -> None:
    options = ["--paper", paper, "--orientation", way, "--layer", "clinic", "--lang", lang]
    for kind in ("pdf", "docx"):
        out = tmp_path / f"r.{kind}"
        assert cli.main(["report", str(folder), "--out", str(out), *options]) == 0
    assert _pdf_size(tmp_path / "r.pdf") == size
    document = Document(str(tmp_path / "r.docx"))
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == size
    text = section.page_width - section.left_margin - section.right_margin
    high = section.page_height - section.top_margin - section.bottom_margin
    assert document.inline_shapes
    for shape in document.inline_shapes:
        assert shape.width <= text + 1 and shape.height < high
