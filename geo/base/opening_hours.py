"""Whether a place is open at a moment, by its hours in OSM's `opening_hours` syntax.

The package opening-hours-py evaluates the syntax, chinesecalendar knows China's public holidays
with their 调休 days. On a public holiday, rules with ``PH`` apply: ``PH`` stands for the weekday of
that day while it is evaluated, so that a later rule takes the place of an earlier one as usual. A
weekend day on which people work (调休上班) counts as the Friday before it or the Monday after it.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Literal

import chinese_calendar
from opening_hours import (  # type: ignore[attr-defined]  # its stubs lack ParserError
    OpeningHours,
    ParserError,
    State,
)

__all__ = ["CALENDAR_YEARS", "Opening", "hours_are_valid", "opening_at", "ordinary_day"]

Opening = Literal["open", "closed", "unknown"]

# The years whose holidays the calendar knows.
CALENDAR_YEARS = (
    min(chinese_calendar.holidays).year,
    max(chinese_calendar.holidays).year,
)
_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_HOLIDAY = re.compile(r"\bPH\b")
# Longer than any hours that a person writes.
_LONGEST = 500


def hours_are_valid(text: str) -> bool:
    """Whether a text is in `opening_hours` syntax.

    >>> hours_are_valid("Mo-Fr 08:30-12:00,14:00-17:30; PH off"), hours_are_valid("8点到5点")
    (True, False)
    """
    return _parsed(text) is not None


def opening_at(text: str, moment: datetime) -> Opening:
    """Return whether hours are open at a moment of local time, its first minute included.

    Parameters
    ----------
    text : str
        Hours in `opening_hours` syntax. Blank or invalid hours are unknown.
    moment : datetime
        Without an offset. In years outside `CALENDAR_YEARS` no day is a holiday.

    Examples
    --------
    >>> opening_at("Mo-Fr 08:30-12:00,14:00-17:30", datetime(2026, 3, 4, 12, 30))
    'closed'
    >>> opening_at("Mo-Fr 09:00-17:00; PH off", datetime(2026, 10, 1, 10))
    'closed'
    >>> opening_at("Mo-Fr 09:00-17:00", datetime(2026, 2, 14, 10))  # a Saturday of work
    'open'
    """
    days = [moment.date() - timedelta(days=1), moment.date()]  # hours run on past midnight
    names = [_WEEKDAYS[day.weekday()] for day in days if _is_holiday(day)]
    hours = _parsed(_HOLIDAY.sub(",".join(names), text) if names else text)
    if hours is None:
        return "unknown"
    if _is_working_weekend(moment.date()):
        moment += timedelta(days=-1 if moment.weekday() == 5 else 1)
    state, _ = hours.state(moment)
    if state == State.UNKNOWN:
        return "unknown"
    return "open" if state == State.OPEN else "closed"


def ordinary_day(weekday: int) -> date:
    """Return the next day of a weekday (Monday is 0) that is no holiday, nor a weekend of work.

    It is in the last known year at the latest.
    """
    day = min(date.today(), date(CALENDAR_YEARS[1], 11, 1))
    while day.weekday() != weekday or _is_holiday(day) or _is_working_weekend(day):
        day += timedelta(days=1)
    return day


def _parsed(text: str) -> OpeningHours | None:
    if not text.strip() or len(text) > _LONGEST:
        return None
    try:
        return OpeningHours(text)
    except ParserError:
        return None


def _known(day: date) -> bool:
    return CALENDAR_YEARS[0] <= day.year <= CALENDAR_YEARS[1]


def _is_holiday(day: date) -> bool:
    """Whether a day belongs to a public holiday; an ordinary weekend does not."""
    if not _known(day):
        return False
    off, name = chinese_calendar.get_holiday_detail(day)
    return bool(off) and name is not None


def _is_working_weekend(day: date) -> bool:
    return _known(day) and day.weekday() >= 5 and chinese_calendar.is_workday(day)
