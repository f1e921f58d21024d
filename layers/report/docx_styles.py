"""Page, styles and fonts of a report in DOCX. The styles of an office's template take precedence.

Sizes and fonts are those of the language (`layers.words.languages`). The font table gives other
names of these fonts for machines that lack them. python-docx sets what its API covers; language,
font table and fields have none and are written as XML.
"""

from __future__ import annotations

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
from geo.base.messages import one_line
from layers.print_map.page import Paper
from layers.words.catalogue import Words
from layers.words.languages import Language, TextStyle

__all__ = ["BODY", "CAPTION", "CELL", "HEADINGS", "NOTE", "TITLE", "prepare"]

# Style ids, Word's own where possible, so that the styles of a template apply.
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


# Role in `Language.styles` → style id and name in Word.
_STYLES = {
    "title": (TITLE, "Title"),
    "heading": (HEADINGS[0], "Heading 1"),
    "sub": (HEADINGS[1], "Heading 2"),
    "body": (BODY, "Body Text"),
    "item": ("ListBullet", "List Bullet"),
    "caption": (CAPTION, "Caption"),
    "note": (NOTE, "Quarterhour Note"),
    "cell": (CELL, "Quarterhour Cell"),
    "contents_heading": ("TOCHeading", "TOC Heading"),
    "contents_1": ("TOC1", "toc 1"),
    "contents_2": ("TOC2", "toc 2"),
}


def prepare(template: bytes, words: Words, paper: Paper, *, foot: str = "") -> Any:
    """A document to append to: the template, or an empty document with our styles and paper.

    Parameters
    ----------
    foot : str
        A line for the footer of every page.

    Raises
    ------
    StudyError
        ``template_broken``.
    """
    if not template:
        file = open_document()
        _set_page(file, words.language, paper)
        _set_language(file, words.language)
        _set_fonts(file)
    else:
        try:
            file = open_document(BytesIO(template))
        except (BadZipFile, PackageNotFoundError, KeyError, ValueError, SyntaxError) as error:
            # SyntaxError is the base of lxml's XMLSyntaxError.
            raise StudyError("template_broken") from error
        _drop_empty(file)
    known = {style.style_id for style in file.styles}
    for role, (style_id, name) in _STYLES.items():
        if template and style_id in known:
            continue  # the office's own
        _set_style(file, style_id, name, words.language.styles[role])
    _update_on_opening(file)
    if not template:
        _page_numbers(file, words)
    if foot:
        _foot(file, foot)
    return file


def _foot(file: Any, text: str) -> None:
    """A line at the end of the footer, also of a template's."""
    paragraph = file.sections[-1].footer.add_paragraph(one_line(text, 200))
    paragraph.alignment = 1
    for run in paragraph.runs:
        run.font.size = Pt(7.5)


def _drop_empty(file: Any) -> None:
    """Remove the empty paragraph of a template without content; keep a cover page."""
    body = file.element.body
    if not any(paragraph.text.strip() for paragraph in file.paragraphs) and not file.tables:
        for child in list(body):
            if child.tag != qn("w:sectPr"):
                body.remove(child)


def _set_page(file: Any, language: Language, paper: Paper) -> None:
    section = file.sections[0]
    section.page_width, section.page_height = Mm(paper.width), Mm(paper.height)
    lying = paper.width > paper.height
    section.orientation = WD_ORIENT.LANDSCAPE if lying else WD_ORIENT.PORTRAIT
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = (
        Mm(edge) for edge in language.margins_mm
    )
    section.footer_distance = Mm(language.footer_mm)


def _set_style(file: Any, style_id: str, name: str, wanted: TextStyle) -> None:
    styles = file.styles
    found = next((style for style in styles if style.style_id == style_id), None)
    style = found or styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.element.set(qn("w:styleId"), style_id)
    style.font.name = wanted.latin
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)  # a theme's font would take precedence
    fonts.set(qn("w:eastAsia"), wanted.east)
    fonts.set(qn("w:hAnsi"), wanted.latin)
    style.font.size, style.font.bold = Pt(wanted.size), wanted.bold
    style.font.italic, style.font.color.rgb = False, _BLACK
    form = style.paragraph_format
    form.space_before, form.space_after = Pt(wanted.before), Pt(wanted.after)
    if wanted.exact_line:
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(wanted.exact_line)
    else:
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.MULTIPLE, 1.15
    form.keep_with_next = wanted.keep
    properties = style.element.get_or_add_pPr()
    for border in properties.findall(qn("w:pBdr")):
        properties.remove(border)  # the default Title is underlined in blue
    if wanted.indent:
        # Two characters, of any size.
        indent = properties.get_or_add_ind()
        indent.set(qn("w:firstLineChars"), "200")
        indent.set(qn("w:firstLine"), str(int(wanted.size * 40)))
    if wanted.centred:
        form.alignment = 1
    if style_id.startswith("TOC") and style_id[-1:].isdigit():
        _contents_tab(style, file, int(style_id[-1]))


def _contents_tab(style: Any, file: Any, level: int) -> None:
    """A tab stop at the right edge for the page number, with dots before it."""
    section = file.sections[-1]
    width = section.page_width - section.left_margin - section.right_margin
    form = style.paragraph_format
    form.tab_stops.add_tab_stop(width, 2, 1)  # right, dots
    form.left_indent = Pt(20 * (level - 1))


def _set_language(file: Any, language: Language) -> None:
    """The language of spelling and line breaking: first of Latin letters, then of East Asian."""
    path = "/".join(qn(f"w:{name}") for name in ("docDefaults", "rPrDefault", "rPr"))
    defaults = file.styles.element.find(path)
    if defaults is None:
        return
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    value = language.latin_spelling
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
    """Let Word update the page numbers of the table of contents when it opens the file."""
    settings = file.settings.element
    if settings.find(qn("w:updateFields")) is not None:
        return
    update = parse_xml(f'<w:updateFields {nsdecls("w")} w:val="true"/>')
    # The format fixes the order of settings: before these, after all others.
    later = ("hdrShapeDefaults", "footnotePr", "endnotePr", "compat", "docVars", "rsids")
    for child in settings:
        if child.tag in {qn(f"w:{name}") for name in later}:
            child.addprevious(update)
            return
    settings.append(update)


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
