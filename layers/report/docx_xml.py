"""Elements of WordprocessingML; all text is escaped in this module."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from layers.report.blocks import ROOMY_PT, Table, plain_table
from layers.report.column_widths import column_widths, kept_together
from layers.words.figure_keys import figure_tag, pieces

__all__ = [
    "bookmark",
    "caption_field",
    "escaped",
    "field_xml",
    "marked_runs",
    "paragraph",
    "picture",
    "run",
    "table",
]

_NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)
# XML 1.0 allows neither other control characters nor single surrogates.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMBER = re.compile(r"\d+")
_EMU_TWIPS = 635
_ROOMY_TWIPS = 20 * ROOMY_PT
_EDGE = '<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="000000"/>'


def escaped(text: str) -> str:
    """Text for XML, without what XML cannot hold."""
    return escape(_ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text))


def marked_runs(text: str) -> str:
    """Runs of text; each figure with a key is in a content control whose tag holds the key."""
    found = []
    for piece in pieces(text):
        content, tag = run(piece.text), figure_tag(piece.key, piece.text) if piece.key else ""
        if tag and content:
            content = (
                f"<w:sdt><w:sdtPr><w:tag w:val={quoteattr(_ILLEGAL.sub('', tag))}/><w:text/>"
                f"</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"
            )
        found.append(content)
    return "".join(found)


def run(text: str) -> str:
    """A run of text; line breaks are kept."""
    lines = [f'<w:t xml:space="preserve">{escaped(line)}</w:t>' for line in text.split("\n")]
    return f"<w:r>{'<w:br/>'.join(lines)}</w:r>" if text else ""


def paragraph(
    content: str,
    style: str,
    *,
    centred: bool = False,
    right: bool = False,
    keep: bool = False,
    new_page: bool = False,
) -> str:
    """A paragraph of this style; `keep` with the next one."""
    extra = "<w:keepNext/>" if keep else ""
    extra += "<w:pageBreakBefore/>" if new_page else ""
    if centred or right:
        # The indent of the style would move a centred line to the right.
        side = "center" if centred else "right"
        extra += f'<w:ind w:firstLine="0" w:firstLineChars="0"/><w:jc w:val="{side}"/>'
    return f'<w:p {_NAMESPACES}><w:pPr><w:pStyle w:val="{style}"/>{extra}</w:pPr>{content}</w:p>'


def bookmark(name: str, number: int, content: str) -> str:
    """Content that is the target of references."""
    return (
        f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>{content}'
        f'<w:bookmarkEnd w:id="{number}"/>'
    )


def field_xml(instruction: str, shown: str) -> str:
    """A field and its text until it is updated; `instruction` never comes from a user."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {escaped(instruction)} </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        f'{run(shown) or "<w:r/>"}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def caption_field(label: str) -> str:
    """A label such as 图3, its number as a field, so that Word can renumber figures."""
    number = _NUMBER.search(label)
    if number is None:
        return run(label)
    name = label[: number.start()].strip()
    field = field_xml(f"SEQ {name} \\* ARABIC", number.group())
    return f"{run(label[: number.start()])}{field}{run(label[number.end() :])}"


def picture(relation: str, number: int, alt: str, width: int, height: int) -> str:
    """An inline picture (sizes in EMU) with its description."""
    described = quoteattr(_ILLEGAL.sub("", alt))
    name = f"Figure {number}"
    return (
        '<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{width}" cy="{height}"/>'
        f'<wp:docPr id="{number}" name="{name}" descr={described}/>'
        '<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr>'
        "<a:graphic><a:graphicData "
        'uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr>'
        f'<pic:cNvPr id="{number}" name="{name}" descr={described}/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch>'
        f'</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" '
        f'cy="{height}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>'
        "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def table(block: Table, width: int, style: str, *, points: float, description: str) -> str:
    """A table with rules; its header repeats on every page, and rows do not break.

    Parameters
    ----------
    block : Table
    width : int
        Of the text, in EMU.
    style : str
        Of the paragraphs in cells.
    points : float
        Size of their letters.
    description : str
        Alternative text.
    """
    total = width // _EMU_TWIPS
    plain = plain_table(block)
    columns = [int(width) for width in column_widths(plain, total, points * 20)]
    edges = "".join(
        _EDGE.format(side=side, size=size)
        for side, size in (("top", 8), ("bottom", 8), ("insideH", 4), ("insideV", 4))
    )
    grid = "".join(f'<w:gridCol w:w="{column}"/>' for column in columns)
    together = kept_together(plain, columns, points * 20)
    rows = [_row(block.header, columns, style, numeric=(), header=True, keep=True)]
    for keep, cells in zip(together, block.rows, strict=True):
        rows.append(
            _row(cells, columns, style, numeric=block.numeric, keep=keep, roomy=block.roomy)
        )
    described = quoteattr(_ILLEGAL.sub("", description))
    return (
        f'<w:tbl {_NAMESPACES}><w:tblPr><w:tblW w:w="{sum(columns)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblBorders>{edges}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:top w:w="40" w:type="dxa"/>'
        '<w:left w:w="60" w:type="dxa"/><w:bottom w:w="40" w:type="dxa"/>'
        '<w:right w:w="60" w:type="dxa"/></w:tblCellMar>'
        '<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" '
        'w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>'
        f"<w:tblDescription w:val={described}/></w:tblPr>"
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _row(
    cells: Sequence[str],
    columns: Sequence[int],
    style: str,
    *,
    numeric: Sequence[int],
    header: bool = False,
    keep: bool = False,
    roomy: bool = False,
) -> str:
    properties = "<w:cantSplit/>"
    properties += f'<w:trHeight w:val="{_ROOMY_TWIPS}" w:hRule="atLeast"/>' if roomy else ""
    properties += "<w:tblHeader/>" if header else ""
    next_one = "<w:keepNext/>" if keep else ""
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="E8EEF4"/>' if header else ""
    parts = []
    for number, (cell, column) in enumerate(zip(cells, columns, strict=True)):
        side = "center" if header else ("right" if number in numeric else "left")
        bold = "<w:b/>" if header else ""
        content = (
            run(cell).replace("<w:r>", f"<w:r><w:rPr>{bold}</w:rPr>", 1)
            if bold
            else marked_runs(cell)
        )
        parts.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{column}" w:type="dxa"/>{shade}'
            f'<w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr><w:pStyle w:val="{style}"/>'
            f'{next_one}<w:jc w:val="{side}"/></w:pPr>{content}</w:p></w:tc>'
        )
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(parts)}</w:tr>"
