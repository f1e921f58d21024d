"""The hash chain: specified bytes, and every kind of change found."""

from __future__ import annotations

import hashlib
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit import check_chain, entry_hash, entry_text

Row = tuple[int, str, str, str]


def _chain(count: int) -> list[Row]:
    rows: list[Row] = []
    before = ""
    for number in range(1, count + 1):
        entry = {"number": number, "case": f"{number % 3}", "说明": "内容\n=1+1", "id": "abc"}
        text = entry_text(entry)
        before = entry_hash(before, text)
        rows.append((number, f"{number % 3}", text, before))
    return rows


def test_the_bytes_that_are_hashed() -> None:
    text = entry_text({"b": 2, "a": [1.5, True, None], "地区": "江岸区"})
    assert text == '{"a":["1.5","true",""],"b":"2","地区":"江岸区"}'
    assert entry_hash("", text) == hashlib.sha256(text.encode("utf-8")).hexdigest()
    first = entry_hash("", text)
    assert entry_hash(first, text) == hashlib.sha256((first + text).encode("utf-8")).hexdigest()


def test_a_whole_chain() -> None:
    rows = _chain(5)
    found = check_chain(rows, first_id="abc")
    assert found.holds and found.entries == 5 and found.head == rows[-1][3]
    assert check_chain(rows, first_id="abc", head=rows[2][3]).holds


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 7), st.data())
def test_one_character_changed_names_the_entry(at: int, data: st.DataObject) -> None:
    rows = _chain(8)
    number, case, text, stored = rows[at]
    place = data.draw(st.integers(0, len(text) - 1))
    sign = data.draw(st.characters(exclude_categories=["Cs"]).filter(lambda s: s != text[place]))
    rows[at] = (number, case, text[:place] + sign + text[place + 1 :], stored)
    assert check_chain(rows, first_id="abc").broken == at + 1


def test_other_changes() -> None:
    rows = _chain(6)

    def broken(changed: list[Row], **more: str) -> int | None:
        return check_chain(changed, first_id="abc", **more).broken

    swapped = [*rows]
    swapped[2] = (3, *rows[3][1:])
    swapped[3] = (4, *rows[2][1:])
    assert broken(swapped) == 3
    assert broken([*rows[:2], *rows[3:]]) == 3  # one left out
    assert broken(rows[1:]) == 1
    assert broken([]) == 1
    other_case = [*rows]
    other_case[3] = (4, "9", *rows[3][2:])
    assert broken(other_case) == 4
    assert check_chain(rows, first_id="other").broken == 1
    # A hash that was made to fit breaks the next entry.
    forged = entry_text({**json.loads(rows[1][2]), "说明": "改"})
    again = [*rows]
    again[1] = (2, rows[1][1], forged, entry_hash(rows[0][3], forged))
    assert broken(again) == 3


def test_a_cut_off_end_shows_against_a_known_head_only() -> None:
    rows = _chain(6)
    cut = rows[:4]
    assert check_chain(cut, first_id="abc").holds
    found = check_chain(cut, first_id="abc", head=rows[-1][3])
    assert not found.holds and found.broken == 5 and not found.knows_head
