"""The roles of the columns: guessed from the headers, changed by the user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app_pages.add_data.received import Received
from app_pages.shell.html import sentence
from geo.readers.table.headers import counted_unit, guess_columns, guess_parents, is_key
from geo.readers.table.raw_table import RawTable
from geo.study.model import Study
from geo.study.travel_keys import ordinary_moments
from geo.workspace.draft import STAND_IN, is_draft
from geo.workspace.upload import units_are_listed
from layers.words.catalogue import Words
from layers.words.phrases import level_name

__all__ = ["columns_of", "guess", "level_choice"]

NONE = ""
_PLACE = ("lon", "lat")
_EXPLAINED = ("group", "serves", "rank", "delay_minutes", "hours")
_OF_SITES = ("capacity", "serves", "delay_minutes", "hours", "tier", "items")
# Those of the sites that a rule other than reach and assigned understands.
_OF_RULES = {"supply": ("capacity", "delay_minutes"), "radius": (), "rate": ()}
_LEVELS = ("province", "city", "county", "township", "village")
_UNITS = {"人": "people", "户": "households", "个": "estates"}


def guess(table: RawTable, role: str, *, seats: bool = False) -> dict[str, str]:
    """Columns by their headers; a column with repeated values is not taken as id."""
    found = guess_columns(table.frame)
    if role == "units" and "unit" in found:
        found.setdefault("id", found["unit"])
    if "id" in found and not is_key(table.frame[found["id"]]):
        del found["id"]
    if table.geometry is not None or (role == "units" and not seats):
        for axis in (*_PLACE, "lonlat"):
            found.pop(axis, None)
    return found


def columns_of(
    received: Received,
    table: RawTable,
    role: str,
    study: Study,
    words: Words,
    *,
    seats: bool = False,
    rule: str = "reach",
) -> tuple[dict[str, str], dict[str, Any]]:
    """Show the choices of columns; with `seats`, units are points.

    Of a layer, only the columns are offered that its `rule` has a use for.

    Returns
    -------
    columns : dict of role to column
        Those that are chosen, else recognised; used to check the coordinates.
    keys : dict
        The keys of study.toml.
    """
    guessed = guess(table, role, seats=seats)
    names = [str(name) for name in table.frame.columns]
    roles = _roles(table, role, seats=seats, rule=rule)
    chosen: dict[str, str] = {}
    wide = 3 if len(roles) > 4 else 2
    for at, what in enumerate(roles):
        if at % wide == 0:  # row by row, so that a label of two lines shifts its own row only
            grid = st.columns(wide, vertical_alignment="bottom")
        with grid[at % wide]:
            # Unit codes take precedence over polygons, so they are not taken by default.
            if what == "unit" and not _by_codes(study):
                guessed.pop("unit", None)
            empty = "data.none" if what not in ("id", "name", *_PLACE) else "data.automatic"
            chosen[what] = _column(
                received, what, names, guessed.get(what, NONE), words(empty), words
            )
    keys: dict[str, Any] = {what: name for what, name in chosen.items() if name}
    columns = dict(keys)
    if "lon" not in columns and "lat" not in columns and "lonlat" in guessed:
        columns["lonlat"] = guessed["lonlat"]
    if role == "demand":
        keys |= _demand_keys(received, names, chosen, study, words)
        keys |= _spread_keys(received, table, words)
    if keys.get("hours"):
        keys["moments"] = ordinary_moments(words.locale)
    if keys.get("serves"):
        keys["rule"] = "assigned"
    if role == "units":
        keys |= _unit_keys(received, table, chosen, study, words)
    return columns, keys


def _by_codes(study: Study) -> bool:
    """Whether codes say which unit a point belongs to."""
    if study.demand.path != STAND_IN and not study.demand.unit:
        return False
    return units_are_listed(study) if is_draft(study.folder) else True


def _roles(table: RawTable, role: str, *, seats: bool, rule: str) -> list[str]:
    roles = ["id", "name"]
    if table.geometry is None and (role != "units" or seats):
        roles += _PLACE
    if role == "demand":
        roles += ["weight", "group", "class", "rank"]
    if role == "layer":
        roles += _OF_RULES.get(rule, _OF_SITES)
    # Units without areas are found by codes.
    if role in ("demand", "layer"):
        roles.append("unit")
    return roles


def _column(
    received: Received, what: str, names: Sequence[str], default: str, empty: str, words: Words
) -> str:
    options = [NONE, *names]
    chosen = st.selectbox(
        words(f"data.column.{what}"),
        options,
        index=options.index(default),
        format_func=lambda name: name or empty,
        help=words(f"data.column.{what}_help") if what in _EXPLAINED else None,
        key=received.key(f"column-{what}"),
    )
    return str(chosen)


def _demand_keys(
    received: Received,
    names: Sequence[str],
    chosen: Mapping[str, str],
    study: Study,
    words: Words,
) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    left, right = st.columns(2, vertical_alignment="bottom")
    first = (counted_unit(chosen["weight"]) or "人") if chosen["weight"] else "个"
    with left:
        unit = st.selectbox(
            words("data.weight_unit"),
            list(_UNITS),
            index=list(_UNITS).index(first),
            format_func=lambda key: words(f"export.unit.{_UNITS[key]}"),
            key=received.key(f"weight-unit-{first}"),
        )
    former = {column: name for name, column in study.demand.bands.items()}
    with right:
        bands = st.multiselect(
            words("data.bands_of_demand"),
            names,
            default=[name for name in names if name in former],
            placeholder=words("data.none"),
            key=received.key("demand-bands"),
        )
    keys["weight_unit"] = unit
    if bands:
        keys["bands"] = {former.get(column, column): column for column in bands}
    return keys


def _spread_keys(received: Received, table: RawTable, words: Words) -> dict[str, Any]:
    """Demand given as areas: at one point each, or spread along their streets."""
    kinds = (
        {getattr(item, "geom_type", "") for item in table.geometry[:100]}
        if (table.geometry is not None)
        else set()
    )
    if not any(kind.endswith("Polygon") for kind in kinds):
        return {}
    spread = st.radio(
        words("sources.spread"),
        (False, True),
        format_func=lambda yes: words(f"sources.spread_{'yes' if yes else 'no'}"),
        key=received.key("spread"),
    )
    return {"spread": True} if spread else {}


def _unit_keys(
    received: Received, table: RawTable, chosen: Mapping[str, str], study: Study, words: Words
) -> dict[str, Any]:
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        level = level_choice(received, study, words)
    own = (chosen["id"], chosen["name"])
    free = [str(name) for name in table.frame.columns if str(name) not in own]
    former = [name for name in study.units.parents if name in free]
    with right:
        parents = st.multiselect(
            words("data.parents"),
            free,
            default=former or guess_parents(table.frame, other_than=own),
            placeholder=words("data.none"),
            key=received.key("parents"),
        )
    return {"level": level, "parents": tuple(parents)}


def level_choice(received: Received, study: Study, words: Words) -> str:
    """Show the choice of the units' level."""
    levels = list(dict.fromkeys([*_LEVELS, study.units.level]))
    chosen = st.selectbox(
        words("data.level"),
        levels,
        index=levels.index(study.units.level),
        format_func=lambda key: sentence(level_name(key, words)),
        key=received.key("level"),
    )
    return str(chosen)
