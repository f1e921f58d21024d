"""The datum of a file: what the distances to the roads suggest, on maps before and after."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
import streamlit as st
from numpy.typing import NDArray
from streamlit_folium import st_folium

from app_pages.add_data.received import Received
from app_pages.shell.html import plain, show_html, status, text_table
from app_pages.shell.served_files import leaflet_assets, publish
from geo.base.errors import StudyError
from geo.checks.datum import DATUM_NAMES
from geo.checks.detect_datum import DatumFinding, Distance, contradicts, detect_datum, road_distance
from geo.coordinates.datum import from_wgs84, to_wgs84
from geo.coordinates.layout import LayoutFinding
from geo.readers.table.headers import guess_datum
from geo.readers.table.raw_table import RawTable
from geo.roads.roads import Roads
from geo.study.model import Study
from geo.workspace.draft import STAND_IN, is_draft, open_draft
from geo.workspace.upload import layout_of, own_places, study_roads
from layers.web_map.base_map import MapWords, base_map
from layers.web_map.sites import site_data, site_layer
from layers.web_map.units import border_data, border_layer
from layers.words.catalogue import Words

__all__ = ["open_roads", "place_keys", "road_lines", "show_place", "show_roads_finding"]

Floats = NDArray[np.float64]

# Half of the detail map: a shift of 500 m is seen, and the streets are told apart.
_HALF_LON, _HALF_LAT = 0.013, 0.010
_MOST_EDGES = 4_000
_MAP_HEIGHT = 250
_BEFORE, _AFTER = "#b3261e", "#1f5f8b"


@st.cache_resource(show_spinner=False, max_entries=2)
def _roads(folder: str, stamp: tuple[object, ...]) -> tuple[Roads, Distance]:
    """The roads of the study in `folder`; `stamp` is the state of their file."""
    from geo.study.load import load_study

    del stamp
    path = Path(folder)
    # Roads that came first let an unfinished study check its lists, too.
    roads = study_roads(open_draft(path) if is_draft(path) else load_study(path))
    return roads, road_distance(roads)


def open_roads(study: Study) -> tuple[Roads, Distance] | None:
    """The study's roads and the distance to them; None where they cannot be read."""
    network = study.network
    try:
        seen = study.file(network.path, "network.path").stat()
        stamp = (network.path, network.datum, network.layer, seen.st_size, seen.st_mtime_ns)
        return _roads(str(study.folder), stamp)
    except StudyError:
        return None


def place_keys(
    received: Received,
    rows: RawTable,
    columns: Mapping[str, str],
    role: str,
    study: Study,
    words: Words,
) -> dict[str, Any]:
    """Show the choice of the datum; returns the keys of study.toml that the user has chosen."""
    keys: dict[str, Any] = {}
    known = open_roads(study)
    layout = received.memo(
        ("layout", *sorted(columns.items())),
        lambda: layout_of(rows, columns, study, known[0] if known else None),
    )
    if role != "units":
        keys |= _layout_keys(received, layout, words)
    chosen = st.selectbox(
        words("data.datum"),
        list(DATUM_NAMES),
        format_func=DATUM_NAMES.__getitem__,
        help=words("data.datum_help"),
        key=received.key("datum"),
    )
    return {**keys, "datum": str(chosen)}


def _layout_keys(received: Received, layout: LayoutFinding | None, words: Words) -> dict[str, Any]:
    """Report columns that do not hold degrees, and offer another reading of them."""
    if layout is None or layout.kind not in ("swapped", "metres"):
        return {}
    if layout.kind == "swapped":
        show_html(status(words("data.swapped")))
        agreed = st.checkbox(words("data.swap"), key=received.key("swap"))
        return {"axis": "yx"} if agreed else {}
    order = words(f"data.axis_{layout.axis}")
    show_html(status(words("data.metres_found", order=order)))
    crs = st.selectbox(
        words("data.crs"),
        ["", *layout.crs],
        format_func=lambda code: code or words("data.choose_crs"),
        key=received.key("crs"),
    )
    if not crs:
        return {}
    return {"crs": crs, **({"axis": "yx"} if layout.axis == "yx" else {})}


def show_place(
    received: Received,
    rows: RawTable,
    columns: Mapping[str, str],
    role: str,
    study: Study,
    words: Words,
    *,
    keys: Mapping[str, Any],
) -> None:
    """The evidence on the datum, the proposal, and both on a map.

    Parameters
    ----------
    keys : mapping
        Of `place_keys`.
    """
    known = open_roads(study)
    if known is None:
        missing = study.network.path == STAND_IN
        show_html(plain(words("data.roads_later" if missing else "data.no_roads")))
        return
    crs, axis = keys.get("crs"), str(keys.get("axis", "xy"))
    what = (role == "units", crs, axis, *sorted(columns.items()))
    try:
        lon, lat = received.memo(
            ("places", *what),
            lambda: own_places(rows, columns, study, crs=crs, axis=axis, areas=role == "units"),
        )
    except StudyError:
        show_html(plain(words("data.no_places")))  # the trial of the file shows why
        return
    finding = received.memo(("datum", *what), lambda: detect_datum(lon, lat, known[1]))
    proposal = _evidence(received, guess_datum(rows.frame), finding, keys["datum"], words)
    after = proposal or keys["datum"]
    # Without a proposal and without a shift there is nothing to compare.
    before = keys["datum"] if proposal else "wgs84"
    if len(lon) and before != after and np.isfinite(lon).any():
        _maps(lon, lat, before, after, known[0], words)


def show_roads_finding(
    received: Received,
    roads: Roads,
    places: tuple[Floats, Floats],
    finding: DatumFinding,
    chosen: str,
    words: Words,
) -> None:
    """Show the evidence on the datum of a new road file, from the places of the study.

    Parameters
    ----------
    roads : Roads
        As they stand in the file.
    places : (lon, lat)
        In WGS-84.
    """
    proposal = _evidence(received, None, finding, chosen, words)
    after = proposal or chosen
    before = chosen if proposal else "wgs84"
    if len(places[0]) and before != after:
        lon, lat = from_wgs84(*places, after)
        _maps(lon, lat, before, after, roads, words, over_roads=True)


def _evidence(
    received: Received, header_datum: str | None, finding: DatumFinding, chosen: str, words: Words
) -> str | None:
    """Show what roads and headers suggest; returns the proposed datum, if there is one."""
    if not finding.evidence:
        show_html(plain(words("data.no_places")))
        return header_datum if header_datum != chosen else None
    best, own = finding.best, finding.of(chosen)
    names = [DATUM_NAMES[item.hypothesis] for item in finding.evidence]
    medians = [words("data.median", metres=words.number(e.median_m)) for e in finding.evidence]
    likely = [_likely(e.probability, words) for e in finding.evidence]
    proposal = best if best is not None and own is not None and _other(best, chosen) else None
    if best is None:
        show_html(plain(words("data.cannot_tell", points=words.number(finding.points))))
    elif proposal is not None and own is not None:
        first = finding.evidence[0]
        show_html(
            status(
                words(
                    "data.proposal" if contradicts(finding, chosen) else "data.maybe",
                    points=words.number(finding.points),
                    best=DATUM_NAMES[best],
                    best_m=words.number(first.median_m),
                    own=DATUM_NAMES[chosen],
                    own_m=words.number(own.median_m),
                    share=_likely(first.probability, words),
                )
            )
        )
    else:
        key = "data.confirmed" if finding.certain else "data.not_contradicted"
        text = words(key, chosen=DATUM_NAMES[chosen], points=words.number(finding.points))
        show_html(status(text, good=True))
    head = [words("data.head_datum"), words("data.head_median"), words("data.head_likely")]
    show_html(
        text_table(
            head,
            list(zip(names, medians, likely, strict=True)),
            highlighted=None if best is None else 0,
        )
    )
    show_html(plain(words("data.method")))
    if header_datum is not None and _other(header_datum, chosen):
        show_html(status(words("data.header_says", datum=DATUM_NAMES[header_datum])))
        proposal = proposal or header_datum
    if proposal is not None:
        st.button(
            words("data.accept", datum=DATUM_NAMES[proposal]),
            key=received.key(f"accept-{proposal}"),
            type="primary",
            on_click=_accept,
            args=(received.key("datum"), proposal),
        )
    return proposal


def _accept(key: str, datum: str) -> None:
    st.session_state[key] = datum


def _likely(probability: float, words: Words) -> str:
    """A probability as per cent, never 0 or 100."""
    if probability > 0.999:
        return f"> {words.share(0.999)}"
    return f"< {words.share(0.001)}" if probability < 0.001 else words.share(probability)


def _other(datum: str, chosen: str) -> bool:
    """Whether two datums differ; CGCS2000 equals WGS-84 to within centimetres."""
    same = {"wgs84", "cgcs2000"}
    return datum != chosen and not {datum, chosen} <= same


def _maps(
    lon: Floats,
    lat: Floats,
    before: str,
    after: str,
    roads: Roads,
    words: Words,
    *,
    over_roads: bool = False,
) -> None:
    """Two maps of the same streets, with the points under either datum.

    Parameters
    ----------
    lon, lat : float64 (n)
        As the file has them; with `over_roads`, in the datum `after`, that the roads may be in.
    over_roads : bool
        The datum of the roads is in question: they are drawn as in their file, the points move.
    """

    def placed(x: Floats, y: Floats, datum: str) -> tuple[Floats, Floats]:
        if over_roads:
            return from_wgs84(*to_wgs84(x, y, after), datum)
        return to_wgs84(x, y, datum)

    good = np.isfinite(lon) & np.isfinite(lat)
    lon, lat = lon[good], lat[good]
    box = _detail(*placed(lon, lat, after))
    streets = _streets(roads, box)
    west, south, east, north = box
    both = zip(st.columns(2), (before, after), (_BEFORE, _AFTER), ("1", "2"), strict=True)
    for column, datum, colour, key in both:
        x, y = placed(lon, lat, datum)
        seen = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        with column:
            show_html(plain(words("data.as", datum=DATUM_NAMES[datum])))
            map_words = MapWords(
                zoom_in=words("html.zoom_in"),
                zoom_out=words("html.zoom_out"),
                attribution=[words("export.osm")],
            )
            points = _points(x[seen], y[seen])
            layer = site_layer(points, colour=colour, unused=colour, unused_word="")
            st_folium(
                base_map(((south, west), (north, east)), assets=leaflet_assets(), words=map_words),
                feature_group_to_add=[border_layer(publish(border_data([streets]))), layer],
                returned_objects=[],
                key=f"data-map-{key}",
                height=_MAP_HEIGHT,
                use_container_width=True,
            )


def _points(lon: Floats, lat: Floats) -> str:
    """Address of the points, of which the map shows the places only."""
    blank = np.full(len(lon), "", dtype=object)
    rows = {"lon": lon, "lat": lat, "used": True, "unit_id": blank, "name": blank, "site_id": blank}
    return publish(site_data(pd.DataFrame(rows, index=pd.RangeIndex(len(lon)))))


def _detail(lon: Floats, lat: Floats) -> tuple[float, float, float, float]:
    """A small box where the points are densest."""
    cell = np.column_stack([np.floor(lon / (2 * _HALF_LON)), np.floor(lat / (2 * _HALF_LAT))])
    _, which, count = np.unique(cell, axis=0, return_inverse=True, return_counts=True)
    inside = which.reshape(-1) == int(np.argmax(count))
    x, y = float(np.median(lon[inside])), float(np.median(lat[inside]))
    return (x - _HALF_LON, y - _HALF_LAT, x + _HALF_LON, y + _HALF_LAT)


def _streets(roads: Roads, box: tuple[float, float, float, float]) -> Any:
    """The roads that touch the box, as one geometry."""
    west, south, east, north = box
    low = np.minimum.reduceat(roads.lonlat, roads.start[:-1], axis=0)
    high = np.maximum.reduceat(roads.lonlat, roads.start[:-1], axis=0)
    touch = (
        (high[:, 0] >= west) & (low[:, 0] <= east) & (high[:, 1] >= south) & (low[:, 1] <= north)
    )
    return shapely.MultiLineString(road_lines(roads, np.flatnonzero(touch)[:_MOST_EDGES]))


def road_lines(roads: Roads, rows: NDArray[np.int64]) -> list[Any]:
    """Some edges as lines, in the precision of a map."""
    return [
        shapely.LineString(np.round(roads.lonlat[roads.start[at] : roads.start[at + 1]], 6))
        for at in rows.tolist()
    ]
