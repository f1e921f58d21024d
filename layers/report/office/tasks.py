"""What the child process does with the template and the logo of a report.

It imports little: the child starts for every report.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.guard.run import RESULT
from geo.readers.guard.zip_members import checked_members, open_archive, read_member
from layers.words.catalogue import words_for

__all__ = ["LOGO", "TEMPLATE", "check_logo", "docx_task", "logo_task"]

# Names for messages.
TEMPLATE, LOGO = "template.docx", "logo"
# Of all parts together; an element of four bytes takes 120 as a tree. The XML of a template with
# cover, header and all of Word's styles takes 0.6 MB.
_XML_BYTES = 8 * 2**20
_UNPACKED_BYTES = 64 * 2**20
_LOGO_PIXELS = 20_000_000
# Longest side of the logo in the report, where it is at most 60 mm wide.
_LOGO_SIDE = 2_000


def docx_task(request: dict[str, Any]) -> Callable[[QualityLog, Path], dict[str, Any]]:
    """What the child does with a template."""
    from layers.report.docx import docx_bytes

    document, locale, pages, made_on = pickle.loads(Path(request["content"]).read_bytes())
    words = words_for(locale)

    def write(quality: QualityLog, folder: Path) -> dict[str, Any]:
        path = Path(request["path"])
        _check_template(path)
        made = docx_bytes(document, words, pages=pages, template=path.read_bytes(), made_on=made_on)
        (folder / RESULT).write_bytes(made)
        return {}

    return write


def _check_template(path: Path) -> None:
    """Refuse a template that becomes large when it is opened."""
    try:
        archive = open_archive(path, TEMPLATE)
    except StudyError as error:
        raise StudyError("template_broken") from error
    with archive:
        members = checked_members(archive, TEMPLATE)
        unpacked = sum(info.file_size for info in members.values())
        xml = [info for name, info in members.items() if name.lower().endswith((".xml", ".rels"))]
        parsed = sum(info.file_size for info in xml)
        if parsed > _XML_BYTES or unpacked > _UNPACKED_BYTES:
            raise StudyError("template_large", file=TEMPLATE, megabytes=unpacked // 2**20)
        for info in xml:
            if b"<!DOCTYPE" in read_member(archive, info, TEMPLATE):
                raise StudyError("xml_doctype", file=TEMPLATE)


def check_logo(logo: bytes) -> None:
    """Check that a logo is a PNG or JPEG, not too large to be drawn.

    Raises
    ------
    StudyError
        ``logo_broken``.
    """
    from PIL import Image

    try:
        with Image.open(BytesIO(logo), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > _LOGO_PIXELS:
                raise StudyError("logo_broken")
            image.verify()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        if isinstance(error, StudyError):
            raise
        raise StudyError("logo_broken") from error


def logo_task(request: dict[str, Any]) -> Callable[[QualityLog, Path], dict[str, Any]]:
    """What the child does with a logo."""
    from PIL import Image, JpegImagePlugin, PngImagePlugin

    # Pillow imports its formats at first use, which would be after the restriction.
    del JpegImagePlugin, PngImagePlugin

    def write(quality: QualityLog, folder: Path) -> dict[str, Any]:
        raw = Path(request["path"]).read_bytes()
        check_logo(raw)
        try:
            with Image.open(BytesIO(raw), formats=("PNG", "JPEG")) as image:
                clear = "A" in image.getbands() or "transparency" in image.info
                plain = image.convert("RGBA" if clear else "RGB")
        except (OSError, ValueError, SyntaxError) as error:
            raise StudyError("logo_broken") from error
        plain.thumbnail((_LOGO_SIDE, _LOGO_SIDE))
        plain.info.clear()
        plain.save(folder / RESULT, "PNG")
        return {}

    return write
