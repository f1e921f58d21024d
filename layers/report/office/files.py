"""The files that an office gives for its report, read in a child process: template and logo.

The child opens the template and writes the report on it, so that the server never parses the
template; what comes back are bytes.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from datetime import date

from geo.base.scratch import ScratchFolder
from geo.readers.guard.run import Limits, Task, read_guarded_file
from layers.report.blocks import Document
from layers.report.office.tasks import LOGO, TEMPLATE
from layers.words.catalogue import Words

__all__ = ["docx_on_template", "safe_logo"]

_LIMITS = Limits(memory_mb=2048, seconds=120)


def docx_on_template(
    document: Document,
    words: Words,
    *,
    pages: Mapping[int, int],
    template: bytes,
    made_on: date | None,
) -> bytes:
    """The report as DOCX on an office's template (see `layers.report.docx.docx_bytes`).

    Raises
    ------
    StudyError
        ``template_broken``, ``template_large``, or what `geo.readers.guard` says of a file that
        does harm.
    """
    with ScratchFolder("quarterhour-") as folder:
        path, content = folder / TEMPLATE, folder / "content"
        path.write_bytes(template)
        # From this process to its child, so that the pickle is our own.
        content.write_bytes(pickle.dumps((document, words.locale, dict(pages), made_on)))
        task = Task("layers.report.office.tasks:docx_task", {"content": str(content)})
        return read_guarded_file(task, path, TEMPLATE, limits=_LIMITS)[1]


def safe_logo(logo: bytes) -> bytes:
    """A logo as a new PNG of moderate size.

    Raises
    ------
    StudyError
        ``logo_broken``, or what `geo.readers.guard` says of a file that does harm.
    """
    with ScratchFolder("quarterhour-") as folder:
        path = folder / LOGO
        path.write_bytes(logo)
        task = Task("layers.report.office.tasks:logo_task")
        return read_guarded_file(task, path, LOGO, limits=_LIMITS)[1]
