"""A workbook of lists under one title, as trials and proposals are handed on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

import pandas as pd
import xlsxwriter

from layers.export.office_workbook.sheet import Column, Form, formats, sheet_name, write_form
from layers.words.catalogue import Words

__all__ = ["list_workbook"]


def list_workbook(
    title: str,
    lines: Sequence[str],
    lists: Sequence[tuple[str, pd.DataFrame, list[Column]]],
    words: Words,
) -> bytes:
    """The workbook as bytes, the same ones every time.

    Parameters
    ----------
    title : str
        Above the list of each sheet.
    lines : sequence of str
        Below the title.
    lists : sequence of (str, DataFrame, list of Column)
        Name, rows and columns of each sheet.
    """
    target = BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(target, options)
    # A fixed time makes equal lists equal files.
    book.set_properties({"created": datetime(2000, 1, 1), "title": title})
    styles = formats(book, words.language)
    taken: set[str] = set()
    for name, table, columns in lists:
        write_form(book, table, Form(sheet_name(name, taken), title, list(lines), columns), styles)
    book.close()
    return target.getvalue()
