"""Hours at moments: hand-written cases with lunch breaks, holidays, 调休 and unknown hours."""

from __future__ import annotations

from datetime import datetime

import pytest

from geo.base.opening_hours import CALENDAR_YEARS, hours_are_valid, opening_at, ordinary_day

OFFICE = "Mo-Fr 08:30-12:00,14:00-17:30"
BANK = "Mo-Fr 09:00-17:00; Sa 10:00-14:00; PH off"
NIGHT = "Fr,Sa 22:00-02:00"
# 2026: 4 March is a Wednesday, 8 March a Sunday. Spring Festival is 15–23 February, with work on
# Saturday 14 and Saturday 28 February; National Day is 1–7 October, with work on Sunday 20
# September and Saturday 10 October.
CASES = [
    # Lunch break and the ends of the day: open at the first minute, closed at the last.
    (OFFICE, "2026-03-04T08:29", "closed"),
    (OFFICE, "2026-03-04T08:30", "open"),
    (OFFICE, "2026-03-04T11:59", "open"),
    (OFFICE, "2026-03-04T12:00", "closed"),
    (OFFICE, "2026-03-04T13:00", "closed"),
    (OFFICE, "2026-03-04T14:00", "open"),
    (OFFICE, "2026-03-04T17:30", "closed"),
    # Weekends.
    (OFFICE, "2026-03-07T10:00", "closed"),
    (OFFICE, "2026-03-08T10:00", "closed"),
    (BANK, "2026-03-07T10:00", "open"),
    (BANK, "2026-03-07T15:00", "closed"),
    ("Su 09:00-11:00", "2026-03-08T10:00", "open"),
    # Public holidays: PH rules take the place of earlier ones; without one, weekdays hold.
    (BANK, "2026-10-01T10:00", "closed"),
    (BANK, "2026-10-07T10:00", "closed"),
    (BANK, "2026-02-17T10:00", "closed"),
    (OFFICE, "2026-10-01T10:00", "open"),
    ("Mo-Fr 08:00-18:00; PH 09:00-12:00", "2026-10-01T10:00", "open"),
    ("Mo-Fr 08:00-18:00; PH 09:00-12:00", "2026-10-01T15:00", "closed"),
    ("PH,Sa,Su 09:00-17:00", "2026-10-01T10:00", "open"),
    ("PH,Sa,Su 09:00-17:00", "2026-03-04T10:00", "closed"),
    # An ordinary weekend is no public holiday.
    ("Mo-Su 09:00-17:00; PH off", "2026-03-08T10:00", "open"),
    # 调休: a weekend on which people work is a working day, before and after the holiday.
    (OFFICE, "2026-02-14T10:00", "open"),
    (OFFICE, "2026-02-28T10:00", "open"),
    (OFFICE, "2026-09-20T10:00", "open"),
    (OFFICE, "2026-10-10T13:00", "closed"),
    ("Sa,Su 09:00-17:00", "2026-02-14T10:00", "closed"),
    # A day off on a weekday that 调休 gives.
    (BANK, "2026-10-06T10:00", "closed"),
    # Past midnight belongs to the evening before.
    (NIGHT, "2026-03-07T01:30", "open"),
    (NIGHT, "2026-03-07T02:00", "closed"),
    (NIGHT, "2026-03-09T01:00", "closed"),
    ("PH 20:00-02:00", "2026-10-08T01:00", "open"),
    # Always, never, and what says unknown.
    ("24/7", "2026-10-01T03:00", "open"),
    ("off", "2026-03-04T10:00", "closed"),
    ("Mo-Fr 08:00-18:00 unknown", "2026-03-04T10:00", "unknown"),
    ("", "2026-03-04T10:00", "unknown"),
    ("周一至周五 8:30-17:30", "2026-03-04T10:00", "unknown"),
]


@pytest.mark.parametrize(("hours", "moment", "expected"), CASES)
def test_hours_at_a_moment(hours: str, moment: str, expected: str) -> None:
    assert opening_at(hours, datetime.fromisoformat(moment)) == expected


@pytest.mark.parametrize("text", ["", " ", "8:30-17:30 on weekdays", "Mo 8-12", "x" * 501, "[" * 9])
def test_other_texts_are_no_hours(text: str) -> None:
    assert not hours_are_valid(text)


def test_outside_the_calendar_weekdays_alone_count() -> None:
    assert opening_at(BANK, datetime(CALENDAR_YEARS[1] + 20, 10, 1, 10)) in ("open", "closed")
    assert opening_at("PH 09:00-12:00", datetime(CALENDAR_YEARS[0] - 1, 10, 1, 10)) == "closed"


@pytest.mark.parametrize("weekday", [2, 6])
def test_an_ordinary_day_follows_its_weekday(weekday: int) -> None:
    day = ordinary_day(weekday)
    assert day.weekday() == weekday
    at = datetime(day.year, day.month, day.day, 10)
    assert opening_at(OFFICE, at) == ("open" if weekday < 5 else "closed")
    assert opening_at("PH 00:00-24:00", at) == "closed"
