"""Page, styles and fonts of a report in DOCX; an office's template goes before all of them.

Chinese follows GB/T 9704-2012 (A4, 156 × 225 mm of text) and what offices use on top of it: title
in 小标宋, headings in 黑体 and 楷体, text in 仿宋 of size 三号. A machine that lacks one of these
fonts finds another name for it in the font table.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

from docx import Document as open_document
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_LINE_SPACING
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from geo.base.errors import StudyError
from layers.print_map.page import Paper
from layers.report.blocks import margins, spacing
from layers.words.catalogue import Words

__all__ = ["BODY", "CAPTION", "CELL", "HEADINGS", "NOTE", "TITLE", "prepare"]

# Style ids; Word's own wherever there is one, so that a template's styles take their place.
TITLE, BODY, CAPTION = "Title", "BodyText", "Caption"
HEADINGS = ("Heading1", "Heading2")
CELL, NOTE = "QuarterhourCell", "QuarterhourNote"
_BLACK = RGBColor(0, 0, 0)
# Other names under which a machine may have a font.
_FONTS = {
    "方正小标宋简体": "华文中宋;STZhongsong;宋体;SimSun",
    "黑体": "SimHei;Noto Sans CJK SC;Microsoft YaHei",
    "楷体_GB2312": "楷体;KaiTi;STKaiti",
    "仿宋_GB2312": "仿宋;FangSong;STFangsong",
    "宋体": "SimSun;Noto Serif CJK SC",
}


@dataclass(frozen=True)
class _Look:
    """How a style looks: East Asian and Latin font, size, spacing (points), and so on.

    `gap` names the spacing that the PDF has too; `before` and `after` are for the DOCX alone.
    """

    east: str
    latin: str
    size: float
    bold: bool = False
    before: float = 0.0
    after: float = 0.0
    exactly: float = 0.0
    indent: bool = False
    centred: bool = False
    keep: bool = False
    gap: str = ""


def _looks(locale: str) -> dict[str, tuple[str, _Look]]:
    """Style id → (name, look)."""
    if locale == "zh-CN":
        latin = "Times New Roman"
        return {
            TITLE: ("Title", _Look("方正小标宋简体", latin, 22, gap="title", centred=True)),
            "Heading1": ("Heading 1", _Look("黑体", latin, 16, gap="heading", keep=True)),
            "Heading2": (
                "Heading 2",
                _Look("楷体_GB2312", latin, 16, gap="sub", keep=True),
            ),
            BODY: ("Body Text", _Look("仿宋_GB2312", latin, 16, exactly=28, indent=True)),
            "ListBullet": ("List Bullet", _Look("仿宋_GB2312", latin, 16, exactly=28)),
            CAPTION: ("Caption", _Look("黑体", latin, 12, gap="caption", centred=True)),
            NOTE: ("Quarterhour Note", _Look("仿宋_GB2312", latin, 12, gap="note")),
            CELL: ("Quarterhour Cell", _Look("宋体", latin, 9.5)),
            "TOCHeading": ("TOC Heading", _Look("黑体", latin, 16, before=10, after=8)),
            "TOC1": ("toc 1", _Look("仿宋_GB2312", latin, 14, before=2)),
            "TOC2": ("toc 2", _Look("仿宋_GB2312", latin, 12)),
        }
    east, latin = "宋体", "Calibri"
    return {
        TITLE: ("Title", _Look(east, latin, 22, True, gap="title", centred=True)),
        "Heading1": ("Heading 1", _Look(east, latin, 16, True, gap="heading", keep=True)),
        "Heading2": ("Heading 2", _Look(east, latin, 13, True, gap="sub", keep=True)),
        BODY: ("Body Text", _Look(east, latin, 11, gap="body")),
        "ListBullet": ("List Bullet", _Look(east, latin, 11, gap="item")),
        CAPTION: ("Caption", _Look(east, latin, 10, True, gap="caption", centred=True)),
        NOTE: ("Quarterhour Note", _Look(east, latin, 9.5, gap="note")),
        CELL: ("Quarterhour Cell", _Look(east, latin, 9)),
        "TOCHeading": ("TOC Heading", _Look(east, latin, 14, True, before=8, after=6)),
        "TOC1": ("toc 1", _Look(east, latin, 11, before=3)),
        "TOC2": ("toc 2", _Look(east, latin, 10)),
    }


def prepare(template: bytes, words: Words, paper: Paper) -> Any:
    """A document to append to: the office's template, or an empty one with our styles and paper.

    Raises
    ------
    StudyError
        ``template_broken``.
    """
    if not template:
        file = open_document()
        _set_page(file, words.locale, paper)
        _set_language(file, words.locale)
        _set_fonts(file)
    else:
        try:
            file = open_document(BytesIO(template))
        except (BadZipFile, PackageNotFoundError, KeyError, ValueError, SyntaxError) as error:
            # SyntaxError is the base of lxml's XMLSyntaxError.
            raise StudyError("template_broken") from error
        _drop_empty(file)
    known = {style.style_id for style in file.styles}
    for style_id, (name, look) in _looks(words.locale).items():
        if template and style_id in known:
            continue  # the office's own
        _set_style(file, style_id, name, look, spacing(words.locale, look.gap))
    _update_on_opening(file)
    if not template:
        _page_numbers(file, words)
    return file


def _drop_empty(file: Any) -> None:
    """A template of styles alone has an empty paragraph; a cover page stays."""
    body = file.element.body
    if not any(paragraph.text.strip() for paragraph in file.paragraphs) and not file.tables:
        for child in list(body):
            if child.tag != qn("w:sectPr"):
                body.remove(child)


def _set_page(file: Any, locale: str, paper: Paper) -> None:
    """The paper; Chinese with the margins of GB/T 9704-2012."""
    section = file.sections[0]
    section.page_width, section.page_height = Mm(paper.width), Mm(paper.height)
    lying = paper.width > paper.height
    section.orientation = WD_ORIENT.LANDSCAPE if lying else WD_ORIENT.PORTRAIT
    edges = margins(locale)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = (
        Mm(edge) for edge in edges
    )
    section.footer_distance = Mm(25 if locale == "zh-CN" else 13)


def _set_style(file: Any, style_id: str, name: str, look: _Look, gap: tuple[float, float]) -> None:
    styles = file.styles
    found = next((style for style in styles if style.style_id == style_id), None)
    style = found or styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.element.set(qn("w:styleId"), style_id)
    style.font.name = look.latin
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)  # a theme's font would go before the name
    fonts.set(qn("w:eastAsia"), look.east)
    fonts.set(qn("w:hAnsi"), look.latin)
    style.font.size, style.font.bold = Pt(look.size), look.bold
    style.font.italic, style.font.color.rgb = False, _BLACK
    form = style.paragraph_format
    before, after = gap
    form.space_before, form.space_after = Pt(before + look.before), Pt(after + look.after)
    if look.exactly:
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(look.exactly)
    else:
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.MULTIPLE, 1.15
    form.keep_with_next = look.keep
    properties = style.element.get_or_add_pPr()
    for border in properties.findall(qn("w:pBdr")):
        properties.remove(border)  # the default Title is underlined in blue
    if look.indent:
        # Two characters, whatever their size.
        indent = properties.get_or_add_ind()
        indent.set(qn("w:firstLineChars"), "200")
        indent.set(qn("w:firstLine"), str(int(look.size * 40)))
    if look.centred:
        form.alignment = 1
    if style_id.startswith("TOC") and style_id[-1:].isdigit():
        _contents_tab(style, file, int(style_id[-1]))


def _contents_tab(style: Any, file: Any, level: int) -> None:
    """Entries end with dots and a page number at the right edge."""
    section = file.sections[-1]
    width = section.page_width - section.left_margin - section.right_margin
    form = style.paragraph_format
    form.tab_stops.add_tab_stop(width, 2, 1)  # right, dots
    form.left_indent = Pt(20 * (level - 1))


def _set_language(file: Any, locale: str) -> None:
    """Spelling and line breaking by the document's language."""
    path = "/".join(qn(f"w:{name}") for name in ("docDefaults", "rPrDefault", "rPr"))
    defaults = file.styles.element.find(path)
    if defaults is None:
        return
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    # The first is that of Latin letters and digits: as Chinese, numbers would break anywhere.
    value = "en-US" if locale == "zh-CN" else "en-GB"
    defaults.append(parse_xml(f'<w:lang {nsdecls("w")} w:val="{value}" w:eastAsia="zh-CN"/>'))


def _set_fonts(file: Any) -> None:
    """Other names for the fonts that a machine may lack."""
    for part in file.part.package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            entries = "".join(
                f'<w:font w:name="{name}"><w:altName w:val="{other}"/>'
                '<w:charset w:val="86"/><w:family w:val="auto"/></w:font>'
                for name, other in _FONTS.items()
            )
            text = part.blob.decode("utf-8")
            part._blob = text.replace("</w:fonts>", f"{entries}</w:fonts>").encode("utf-8")


def _update_on_opening(file: Any) -> None:
    """Word fills in the page numbers of the table of contents when it opens the file."""
    settings = file.settings.element
    if settings.find(qn("w:updateFields")) is not None:
        return
    wish = parse_xml(f'<w:updateFields {nsdecls("w")} w:val="true"/>')
    # The order of settings is part of the format: before these, behind all others.
    later = ("hdrShapeDefaults", "footnotePr", "endnotePr", "compat", "docVars", "rsids")
    for child in settings:
        if child.tag in {qn(f"w:{name}") for name in later}:
            child.addprevious(wish)
            return
    settings.append(wish)


def _page_numbers(file: Any, words: Words) -> None:
    """The page's number in the middle of the footer."""
    before, after = words("report.page", page="\0").split("\0")
    footer = file.sections[0].footer
    paragraph = footer.paragraphs[0]
    paragraph.alignment = 1
    paragraph.style = file.styles["Quarterhour Note"]
    for text, instruction in ((before, ""), ("", " PAGE "), (after, "")):
        if instruction:
            for kind in ("begin", "", "separate", "text", "end"):
                run = paragraph.add_run("1" if kind == "text" else "")
                if kind == "":
                    run._r.append(
                        parse_xml(f"<w:instrText {nsdecls('w')}>{instruction}</w:instrText>")
                    )
                elif kind != "text":
                    run._r.append(parse_xml(f'<w:fldChar {nsdecls("w")} w:fldCharType="{kind}"/>'))
        elif text:
            paragraph.add_run(text)
