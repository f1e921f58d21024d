"""CSV: the same bytes, short numbers, and text that stays text."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.export import csv as export_csv
from layers.export.csv import as_text, csv_bytes, in_order


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_numbers_are_short_and_missing_is_empty() -> None:
    frame = pd.DataFrame(
        {
            "whole": [12.0, -3.0, np.nan],
            "part": [0.1, 1 / 3, 1e-7],
            "big": [2.0**60, -0.0, 1e16],
            "ms": pd.array([1512660, None, 0], dtype="Int64"),
            "yes": [True, False, True],
            "text": ["a", None, ""],
        }
    )
    assert _rows(csv_bytes(frame))[1:] == [
        ["12", "0.1", "1.152921504606847e+18", "1512660", "True", "a"],
        ["-3", "0.3333333333333333", "0", "", "False", ""],
        ["", "1e-07", "1e+16", "0", "True", ""],
    ]


def test_begins_with_bom_and_ends_rows_with_crlf() -> None:
    content = csv_bytes(pd.DataFrame({"a": ["x\ny", "二"]}))
    assert content == '\ufeffa\r\n"x\ny"\r\n二\r\n'.encode()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_text_that_begins_like_a_formula_is_text(start: str) -> None:
    assert as_text(f"{start}1+1") == f"'{start}1+1"
    rows = _rows(csv_bytes(pd.DataFrame({"name": [f"{start}1"], "n": [-1.5]})))
    assert rows[1] == [f"'{start}1", "-1.5"]


def test_a_header_from_a_file_is_text_too() -> None:
    assert _rows(csv_bytes(pd.DataFrame({"=cmd": [1]})))[0] == ["'=cmd"]


def test_mixed_columns_keep_numbers() -> None:
    frame = pd.DataFrame({"mixed": pd.Series([1, -2.5, "-x", True, None], dtype=object)})
    assert [row[0] for row in _rows(csv_bytes(frame))[1:]] == ["1", "-2.5", "'-x", "True", ""]


def test_order_keeps_columns_that_the_contract_does_not_know() -> None:
    frame = pd.DataFrame({"class": [1], "b": [2], "a": [3]})
    assert list(in_order(frame, ["a", "b", "absent"]).columns) == ["a", "b", "class"]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats() | st.integers(-(10**7), 10**7).map(lambda whole: whole / 1000),
            st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
            | st.sampled_from(['a"b', "a,b", "=1", "＋x", "\r", "x\ny", ""])
            | st.none(),
            st.booleans() | st.none(),
            st.integers(-(2**50), 2**50) | st.none(),
        ),
        max_size=30,
    )
)
def test_as_pythons_own_writer(rows: list[tuple[object, object, object, object]]) -> None:
    """Number by number as Python writes it, quotes where Python sets them."""
    frame = pd.DataFrame(rows, columns=["float", "text", "yes", "whole"])
    frame = frame.astype({"float": float, "text": "str", "yes": "boolean", "whole": "Int64"})

    def number(value: float) -> str:
        text = repr(value)
        return "" if value != value else "0" if text == "-0.0" else text.removesuffix(".0")

    expected = io.StringIO(newline="")
    writer = csv.writer(expected, lineterminator="\r\n")
    writer.writerow(frame.columns)
    for value, text, yes, whole in rows:
        cells = ["" if cell is None else str(cell) for cell in (yes, whole)]
        writer.writerow([number(float(value)), as_text(text), *cells])  # type: ignore[arg-type]
    assert csv_bytes(frame) == b"\xef\xbb\xbf" + expected.getvalue().encode()


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"id": [f"P{n}" for n in range(1_000)], "x": np.arange(1_000) / 7})
    whole = csv_bytes(frame)
    monkeypatch.setattr(export_csv, "_BLOCK", 37)
    assert csv_bytes(frame) == whole
    assert csv_bytes(frame[["id"]].replace("P3", "")).count(b'""\r\n') == 1
