"""A report as one HTML file: figures inside, nothing fetched, nothing run."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from layers.report.blocks import (
    Block,
    Document,
    Heading,
    Paragraph,
    Picture,
    Ref,
    Table,
    document_mark,
    labels,
    plain_table,
)
from layers.report.column_widths import column_widths
from layers.style.escape import escape
from layers.words.catalogue import Words
from layers.words.figure_keys import figure_tag, pieces

__all__ = ["html_bytes"]

_STYLE = """
html { background: #eceae4; }
body { margin: 0 auto; padding: 2.5rem clamp(1rem, 5vw, 4rem); max-width: 54rem; background: #fff;
  color: #1a1a1a; font: 1rem/1.75 "Noto Serif CJK SC", "Source Han Serif SC", FangSong, STFangsong,
  "Songti SC", SimSun, Georgia, serif; overflow-wrap: break-word; }
h1, h2, h3, figcaption, caption, th, nav { font-family: "Microsoft YaHei", "PingFang SC",
  "Noto Sans CJK SC", "WenQuanYi Micro Hei", system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.4; text-align: center; margin: 1rem 0 .4rem; }
h2 { font-size: 1.25rem; margin: 2.4rem 0 .6rem; padding-bottom: .25rem;
  border-bottom: 1px solid #cfccc2; }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
p { margin: .5rem 0; }
:lang(zh) p.body { text-indent: 2em; }
p.line { text-align: center; color: #444; }
p.note { font-size: .875rem; line-height: 1.6; color: #444; }
img.logo { display: block; margin: 0 auto; max-width: 12rem; max-height: 6rem; }
nav { margin: 1.5rem 0; padding: .8rem 1.2rem; background: #f6f5f1; }
nav ol { list-style: none; margin: 0; padding: 0; }
nav li.l2 { padding-left: 1.5em; font-size: .93rem; }
a { color: #1c5a8a; text-decoration: none; }
a:hover, a:focus { text-decoration: underline; }
figure { margin: 1.4rem 0; text-align: center; }
figure img { max-width: 100%; height: auto; border: 1px solid #e3e1d9; }
figcaption, caption { font-size: .92rem; font-weight: 600; padding: .4rem; }
.wide { overflow-x: auto; margin: 1.2rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .86rem; line-height: 1.5; }
th, td { border: 1px solid #b8b5aa; padding: .3rem .5rem; text-align: left;
  vertical-align: middle; }
th { background: #e8eef4; text-align: center; }
caption .line { display: block; text-align: right; font-weight: normal; font-size: .86em; }
td.n { white-space: nowrap; text-align: right; font-variant-numeric: tabular-nums; }
tr.roomy td { height: 2.2rem; }
@media print { html { background: #fff; } body { max-width: none; padding: 0; }
  h2, h3, caption { break-after: avoid; } figure, tr { break-inside: avoid; }
  thead { display: table-header-group; } .wide { overflow: visible; } }
"""


def html_bytes(document: Document, words: Words) -> bytes:
    """The report as UTF-8 HTML with headings, captions, cross-references and figures inside."""
    found = labels(document, words)
    headings = [block for block in document.blocks if isinstance(block, Heading)]
    contents = "".join(
        f'<li class="l{heading.level}"><a href="#h{number}">{escape(heading.text)}</a></li>'
        for number, heading in enumerate(headings, start=1)
    )
    logo = ""
    if document.logo:
        text = escape(words("report.logo"))
        logo = f'<img class="logo" alt="{text}" src="{_data_uri(document.logo)}">'
    lines = "".join(f'<p class="line">{escape(line)}</p>' for line in document.lines)
    foot = (
        f'<footer><p class="note">{escape(document.foot)}</p></footer>\n' if document.foot else ""
    )
    body = []
    number = 0
    for block in document.blocks:
        if isinstance(block, Heading):
            number += 1
            level = block.level + 1
            body.append(f'<h{level} id="h{number}">{escape(block.text)}</h{level}>')
        else:
            body.append(_block(block, found, words))
    # Nothing but pictures from within may load, and no script may run.
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'"
    return (
        f'<!DOCTYPE html>\n<html lang="{words.locale}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="keywords" content="{escape(document_mark(document, words))}">\n'
        f"<title>{escape(document.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<header>{logo}<h1>{escape(document.title)}</h1>{lines}</header>\n"
        f'<nav aria-label="{escape(words("report.contents"))}"><ol>{contents}</ol></nav>\n'
        f"<main>\n{chr(10).join(body)}\n</main>\n{foot}</body>\n</html>\n"
    ).encode()


def _block(block: Block, names: Mapping[str, str], words: Words) -> str:
    if isinstance(block, Paragraph):
        text = "".join(
            _marked(part) if isinstance(part, str) else _link(part, names) for part in block.parts
        )
        if block.kind == "item":
            return f"<ul><li>{text}</li></ul>"
        return f'<p class="{block.kind}">{text}</p>'
    if isinstance(block, Table):
        return _table(block, names, words)
    if isinstance(block, Picture):
        caption = escape(words("report.caption", label=names[block.key], text=block.caption))
        return (
            f'<figure id="{_anchor(block.key, names)}"><img alt="{escape(block.alt)}" '
            f'src="{_data_uri(block.png)}"><figcaption>{caption}</figcaption></figure>'
        )
    return ""


def _anchor(key: str, names: Mapping[str, str]) -> str:
    """An id made of numbers only: a key holds a layer's key, which a user chose."""
    return f"x{list(names).index(key) + 1}"


def _link(ref: Ref, names: Mapping[str, str]) -> str:
    if ref.target not in names:
        return ""
    return f'<a href="#{_anchor(ref.target, names)}">{escape(names[ref.target])}</a>'


def _table(block: Table, names: Mapping[str, str], words: Words) -> str:
    caption = escape(words("report.caption", label=names[block.key], text=block.caption))
    columns = "".join(
        f'<col style="width:{100 * width:.2f}%">'
        for width in column_widths(plain_table(block), 1.0, 0.016)
    )
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in block.header)
    rows = []
    for cells in block.rows:
        parts = [
            f'<td class="n">{_lines(cell)}</td>'
            if number in block.numeric
            else f"<td>{_lines(cell)}</td>"
            for number, cell in enumerate(cells)
        ]
        roomy = ' class="roomy"' if block.roomy else ""
        rows.append(f"<tr{roomy}>{''.join(parts)}</tr>")
    if block.line:
        caption += f'<span class="line">{escape(block.line)}</span>'
    return (
        f'<div class="wide" id="{_anchor(block.key, names)}"><table><caption>{caption}</caption>'
        f"<colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _lines(text: str) -> str:
    return _marked(text).replace("\n", "<br>")


def _marked(text: str) -> str:
    """Text with each figure in an element that holds its key and what was written."""
    return "".join(
        f'<data value="{escape(figure_tag(piece.key, piece.text))}">{escape(piece.text)}</data>'
        if piece.key
        else escape(piece.text)
        for piece in pieces(text)
    )


def _data_uri(image: bytes) -> str:
    kind = "png" if image.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(image).decode()}"
