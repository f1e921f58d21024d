"""The figures of a document with their keys, as Word, WPS, LibreOffice or a browser left them.

The documents come from outside, so a child process opens them (`read_document`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.guard.run import Limits, Task, read_guarded_file
from geo.readers.guard.zip_members import checked_members, open_archive, read_member
from layers.report.figure_list import listed_tags, paired
from layers.report.verify.document_figures import DocumentFigure, DocumentFigures, read_mark
from layers.words.figure_keys import read_tag

__all__ = ["read_document", "read_task"]

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# Text that was deleted or moved away, and copies of shapes for older programs.
_SKIPPED = {
    f"{_W}del",
    f"{_W}moveFrom",
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}
_BREAKS = {f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}tab": "\t", f"{_W}noBreakHyphen": "-"}
_HEADING = re.compile(r"^(?:heading|标题) ?(\d)$", re.IGNORECASE)
# Digits that were typed beside a content control and not into it.
_BEFORE, _AFTER = re.compile(r"\d[\d.,]*$"), re.compile(r"^[.,]?\d+(?:[.,]\d+)*%?")
_LIST = re.compile(r"customXml/item\d+\.xml")
_XML_BYTES = 256 * 2**20
_LIMITS = Limits(memory_mb=2048, seconds=180)


def read_document(path: Path) -> DocumentFigures:
    """The figures of a DOCX, HTML or XLSX, read in a child process.

    Raises
    ------
    StudyError
        ``verify_no_file``, ``verify_format`` (none of these formats), ``verify_broken``,
        ``verify_no_keys`` (the tool did not write it, or all keys are lost), or what
        `geo.readers.guard` says of a file that does harm.
    """
    if not path.is_file():
        raise StudyError("verify_no_file", file=str(path))
    limits = _LIMITS if path.suffix.lower() != ".xlsx" else None
    task = Task("layers.report.verify.documents:read_task")
    answer, _ = read_guarded_file(task, path, path.name, limits=limits)
    figures = [DocumentFigure(**one) for one in answer["figures"]]
    found = DocumentFigures(**{**answer["document"], "figures": figures})
    if not figures:
        raise StudyError("verify_no_keys", file=path.name)
    return found


def read_task(request: dict[str, Any]) -> Callable[[QualityLog, Path], dict[str, Any]]:
    """What the child process does with the document."""
    from layers.report.verify.workbooks import workbook_figures

    def read(quality: QualityLog, folder: Path) -> dict[str, Any]:
        path, file = Path(request["path"]), str(request["file"])
        with path.open("rb") as handle:
            head = handle.read(4096)
        if head.startswith(b"PK"):
            with open_archive(path, file) as archive:
                members = checked_members(archive, file)
            if "word/document.xml" in members:
                found = _docx(path, file)
            elif "xl/workbook.xml" in members:
                found = workbook_figures(path, file)
            else:
                raise StudyError("verify_format", file=file)
        elif b"<html" in head.lower() or b"<!doctype html" in head.lower():
            found = _html(path)
        else:
            raise StudyError("verify_format", file=file)
        document = {name: value for name, value in asdict(found).items() if name != "figures"}
        return {"document": document, "figures": [asdict(one) for one in found.figures]}

    return read


def _docx(path: Path, file: str) -> DocumentFigures:
    with open_archive(path, file) as archive:
        members = checked_members(archive, file)
        if sum(info.file_size for name, info in members.items() if name.endswith(".xml")) > (
            _XML_BYTES
        ):
            raise StudyError("verify_broken", file=file, reason="XML > 256 MB")

        def parsed(name: str) -> Element | None:
            if name not in members:
                return None
            try:
                root: Element = fromstring(
                    read_member(archive, members[name], file), forbid_dtd=True
                )
            except DefusedXmlException as error:
                raise StudyError("xml_doctype", file=file) from error
            except (ParseError, ValueError) as error:
                raise StudyError("verify_broken", file=file, reason=one_line(error)) from error
            return root

        core, styles = parsed("docProps/core.xml"), parsed("word/styles.xml")
        reader = _DocxReader(_heading_styles(styles))
        body = parsed("word/document.xml")
        lists = (parsed(name) for name in members if _LIST.fullmatch(name))
        tags = [tag for part in lists if part is not None for tag in listed_tags(part)]
    try:
        if body is not None:
            reader.read(body)
            reader.name_controls(tags)
    except RecursionError as error:
        raise StudyError("verify_broken", file=file, reason=type(error).__name__) from error
    mark = read_mark(" ".join(core.itertext()) if core is not None else "")
    return DocumentFigures(figures=reader.found(), **mark)


def _heading_styles(styles: Element | None) -> set[str]:
    """The ids of the styles of headings: programs give them other ids, but keep their names."""
    found = {"Heading1", "Heading2"}
    if styles is None:
        return found
    for style in styles.iter(f"{_W}style"):
        name = style.find(f"{_W}name")
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        named = name is not None and _HEADING.match(str(name.get(f"{_W}val", "")))
        if named or (outline is not None and outline.get(f"{_W}val", "9") < "9"):
            found.add(str(style.get(f"{_W}styleId", "")))
    return found


class _Open:
    """A figure while its content control is read: its texts, and its place in the paragraph."""

    def __init__(self, key: str, written: str, paragraph: int, start: int) -> None:
        self.key, self.written = key, written
        self.paragraph, self.start, self.end = paragraph, start, start
        self.text = ""
        self.place = ""


class _DocxReader:
    """Reads the body in its order, with the heading above each figure."""

    def __init__(self, headings: set[str]) -> None:
        self._headings = headings
        self._figures: list[_Open] = []
        # Controls of plain text whose tag is lost.
        self._unnamed: list[_Open] = []
        self._open: list[_Open] = []
        self._lines: dict[int, str] = {}
        self._paragraph = 0
        self._heading = ""

    def read(self, node: Element) -> None:
        """An element and what is in it."""
        if node.tag in _SKIPPED:
            return
        if node.tag == f"{_W}t":
            self._text(node.text or "")
        elif node.tag in _BREAKS:
            self._text(_BREAKS[str(node.tag)])
        elif node.tag == f"{_W}p":
            self._read_paragraph(node)
        elif node.tag == f"{_W}sdt":
            self._control(node)
        else:
            for child in node:
                self.read(child)

    def _text(self, text: str) -> None:
        self._lines[self._paragraph] = self._lines.get(self._paragraph, "") + text
        for one in self._open:
            one.text += text

    def _read_paragraph(self, node: Element) -> None:
        outer, self._paragraph = self._paragraph, len(self._lines) + 1
        self._lines[self._paragraph] = ""
        for child in node:
            self.read(child)
        style = node.find(f"{_W}pPr/{_W}pStyle")
        if style is not None and style.get(f"{_W}val") in self._headings:
            self._heading = self._lines[self._paragraph].strip() or self._heading
        self._paragraph = outer

    def _control(self, node: Element) -> None:
        tag = node.find(f"{_W}sdtPr/{_W}tag")
        own = read_tag(str(tag.get(f"{_W}val", ""))) if tag is not None else None
        content = node.find(f"{_W}sdtContent")
        if content is None:
            return
        if own is None and (tag is not None or node.find(f"{_W}sdtPr/{_W}text") is None):
            self.read(content)
            return
        line = self._lines.get(self._paragraph, "")
        one = _Open(*(own or ("", "")), self._paragraph, len(line))
        one.place = self._heading
        (self._unnamed if own is None else self._figures).append(one)
        self._open.append(one)
        self.read(content)
        self._open.remove(one)
        one.end = len(self._lines.get(self._paragraph, ""))

    def name_controls(self, tags: list[str]) -> None:
        """Give the controls their keys by the document's list, where all have lost them."""
        named = [own for own in map(read_tag, tags) if own is not None]
        if self._figures or not named:
            return
        shown = [one.text for one in self._unnamed]
        for at, control in paired([written for _, written in named], shown):
            one = self._unnamed[control]
            one.key, one.written = named[at]
            self._figures.append(one)

    def found(self) -> list[DocumentFigure]:
        """The figures, with digits that were typed directly beside them."""
        figures = []
        for one in self._figures:
            line, shown = self._lines.get(one.paragraph, ""), one.text
            if one.paragraph and line[one.start : one.end] == shown:
                shown = _with_neighbours(line, one.start, one.end)
            figures.append(DocumentFigure(one.key, one.written, shown, one.place))
        return figures


def _with_neighbours(line: str, start: int, end: int) -> str:
    before, after = _BEFORE.search(line[:start]), _AFTER.search(line[end:])
    left = before[0] if before and line[start:end][:1].isdigit() else ""
    right = after[0] if after and line[start:end][-1:].isdigit() else ""
    return f"{left}{line[start:end]}{right}"


def _html(path: Path) -> DocumentFigures:
    reader = _HtmlReader()
    reader.feed(path.read_text(encoding="utf-8", errors="replace"))
    reader.close()
    return DocumentFigures(figures=reader.figures, **read_mark(reader.mark))


class _HtmlReader(HTMLParser):
    """Reads the elements that hold figures, with the heading above each."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: list[DocumentFigure] = []
        self.mark = ""
        self._own: tuple[str, str] | None = None
        self._shown = ""
        self._heading = ""
        self._in_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "meta" and given.get("name") == "keywords":
            self.mark += given.get("content") or ""
        elif tag == "data":
            self._own, self._shown = read_tag(given.get("value") or ""), ""
        elif tag in ("h2", "h3"):
            self._in_heading, self._heading = True, ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "data" and self._own is not None:
            key, written = self._own
            self.figures.append(DocumentFigure(key, written, self._shown, self._heading.strip()))
            self._own = None
        elif tag in ("h2", "h3"):
            self._in_heading = False

    def handle_data(self, data: str) -> None:
        if self._own is not None:
            self._shown += data
        if self._in_heading:
            self._heading += data
