"""The filters of the cases, which the address keeps."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from app_pages.ledger_page.session import acting
from app_pages.shell import address
from app_pages.shell.choice import translated_choice
from geo.inputs.areas import parent_chain, parent_name
from geo.study.model import Study
from layers.words.catalogue import Words
from layers.words.lines.ledger import state_name
from layers.words.phrases import layer_title
from ledger.ledger import Ledger
from ledger.states import STATES
from ledger.store import CaseConditions

__all__ = [
    "FLAGS",
    "conditions_of",
    "filter_query",
    "filters",
    "restore_filters",
    "show_area",
    "show_state",
]

FLAGS = ("eligible", "overdue", "conflict", "corrected", "mine")
ALL = ""
_TEXT, _FLAGS = "ledger_text", "ledger_flags"
# A unit or parent, or the text of the area of cases without a gap.
_UNIT, _AREA, _LAYER, _SERVICE = "unit:", "area:", "layer:", "service:"


def restore_filters(ledger: Ledger, tallies: pd.DataFrame) -> None:
    """Set the filters from the address of a new session."""
    address.restore("state", "chosen-ledger_state", STATES)
    for value in address.taken("area").values():
        unit = value[len(_UNIT) :] if value.startswith(_UNIT) else ""
        if value in _area_options(tallies) or (unit and ledger.store.count(unit=unit)):
            st.session_state["chosen-ledger_area"] = value
        else:
            address.ignore("area", value)
    address.restore("service", "chosen-ledger_service", _service_options(tallies))
    for value in address.taken("show").values():
        known = [flag for flag in value.split(",") if flag in FLAGS]
        if known:
            st.session_state[_FLAGS] = known
        else:
            address.ignore("show", value)
    for value in address.taken("search").values():
        st.session_state[_TEXT] = value


def filters(
    tallies: pd.DataFrame, study: Study, words: Words, *, only: Collection[str] | None = None
) -> None:
    """The row of filters; `only` those where a view knows no others."""
    with st.container(key="casefilters", horizontal=True, gap="small"):
        if only is not None:
            _service(tallies, study, words)
            return
        _choice(words, "area", _area_options(tallies), lambda value: value.split(":", 1)[1], 190,
                names=_area_name)  # fmt: skip
        _service(tallies, study, words)
        _choice(words, "state", STATES, lambda value: state_name(value, words), 140)
        st.text_input(
            words("cases.search"), key=_TEXT, placeholder=words("cases.search_hint"), width=150
        )
        key = f"caseflags-{words.locale}"
        if key not in st.session_state:
            st.session_state[key] = list(st.session_state.get(_FLAGS, []))
        chosen = st.pills(
            words("cases.show"),
            FLAGS,
            selection_mode="multi",
            format_func=lambda flag: words(f"cases.flag.{flag}"),
            key=key,
        )
        st.session_state[_FLAGS] = list(chosen or [])


def _service(tallies: pd.DataFrame, study: Study, words: Words) -> None:
    titles = {layer.key: layer_title(layer, words) for layer in study.layers}
    options = _service_options(tallies)
    _choice(words, "service", options, lambda value: titles.get(value, value), 250)


def _choice(
    words: Words,
    name: str,
    options: Collection[str],
    shown: Callable[[str], str],
    width: int,
    names: Callable[[str], str] | None = None,
) -> None:
    def text(value: str) -> str:
        if value == ALL:
            return words("cases.all")
        if names is not None:
            return names(value)
        return shown(value.split(":", 1)[1] if ":" in value else value)

    translated_choice(
        words(f"cases.{name}"), [ALL, *options], text, f"ledger_{name}", words.locale, width=width
    )


def _area_options(tallies: pd.DataFrame) -> list[str]:
    """All parents of cases with a gap by level, then the areas of the others."""
    chains: dict[str, None] = {}
    for parents in tallies["parents"].unique():
        chains |= dict.fromkeys(parent_chain(parents) if parents else [])
    areas = tallies.loc[(tallies["layer"] == "") & (tallies["area"] != ""), "area"].unique()
    chosen = str(st.session_state.get("chosen-ledger_area") or "")
    units = [chosen] if chosen.startswith(_UNIT) and chosen[len(_UNIT) :] not in chains else []
    return [
        *(_UNIT + chain for chain in chains),
        *units,
        *(_AREA + area for area in areas),
    ]


def _area_name(value: str) -> str:
    kind, _, rest = value.partition(":")
    return parent_name(rest) if kind == "unit" else rest


def _service_options(tallies: pd.DataFrame) -> list[str]:
    layers = tallies.loc[tallies["layer"] != "", "layer"].unique()
    texts = tallies.loc[(tallies["layer"] == "") & (tallies["service"] != ""), "service"].unique()
    return [*(_LAYER + layer for layer in layers), *(_SERVICE + text for text in texts)]


def show_area(kind: str, key: str) -> None:
    """Filter by a unit or parent (``unit``), or by an area of cases without a gap (``area``)."""
    _choose("area", f"{kind}:{key}")


def show_state(name: str) -> None:
    """Show the cases of a state in the list."""
    _choose("state", name)
    st.session_state["ledger_view"] = "list"


def _choose(name: str, value: str) -> None:
    st.session_state[f"chosen-ledger_{name}"] = value
    for key in [key for key in st.session_state if str(key).startswith(f"ledger_{name}-")]:
        del st.session_state[key]


def _chosen(name: str) -> str:
    return str(st.session_state.get(f"chosen-ledger_{name}") or "")


def conditions_of(state: str = "") -> CaseConditions:
    """The chosen filters as conditions of the store.

    Parameters
    ----------
    state : str
        In place of the chosen state.
    """
    flags = st.session_state.get(_FLAGS, [])
    found: CaseConditions = {"text": str(st.session_state.get(_TEXT) or "")}
    area, service = _chosen("area"), _chosen("service")
    if area.startswith(_UNIT):
        found["unit"] = area[len(_UNIT) :]
    elif area:
        found["area"] = area[len(_AREA) :]
    if service.startswith(_LAYER):
        found["layer"] = service[len(_LAYER) :]
    elif service:
        found["service"] = service[len(_SERVICE) :]
    found["state"] = state or _chosen("state") or None
    found["eligible"] = True if "eligible" in flags else None
    found["had_conflict"] = True if "conflict" in flags else None
    found["corrected"] = True if "corrected" in flags else None
    found["overdue_on"] = date.today() if "overdue" in flags else None
    found["person"] = acting() if "mine" in flags else ""
    return found


def filter_query() -> dict[str, Any]:
    """The chosen filters for the address."""
    return {
        "area": _chosen("area"),
        "service": _chosen("service"),
        "state": _chosen("state"),
        "show": ",".join(st.session_state.get(_FLAGS, [])),
        "search": str(st.session_state.get(_TEXT) or ""),
    }
