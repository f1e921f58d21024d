"""Roads and boundaries of a place, fetched from OpenStreetMap by OSMnx.

The only module of the engine that opens a connection. Only what fetches at the user's request
imports it: the command ``fetch`` and a button of the Start page. OSMnx keeps every answer in a
cache, so that a second fetch of the same place needs no server.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from geo.base.checksums import intact_files, write_checksums
from geo.base.errors import OutputError, QuarterhourError
from geo.base.progress import Progress
from geo.roads.osm_access import ACCESS_TAGS
from geo.study.presets import presets
from geo.workspace.from_osm import FetchedParts, write_study

__all__ = ["FetchError", "Servers", "fetch_roads", "fetch_study", "servers_from_environment"]

T = TypeVar("T")

# All ways but those that nobody travels on; private ones stay: a trip may begin or end there.
_WAYS = (
    '["highway"]["area"!~"yes"]["highway"!~"abandoned|construction|planned|proposed|raceway|razed"]'
)
_PLACES = ["city", "town", "village", "hamlet", "suburb", "quarter", "neighbourhood"]
_LEVELS = [str(level) for level in range(3, 12)]
_TRIES = 3
# Key of the checksums of the kept answers.
_ANSWERS = "osm answers"
# Attributes that end an edge where they change, besides the junctions.
_DIFFER = [tag for tag in ACCESS_TAGS if tag not in ("junction", "oneway")]


class FetchError(QuarterhourError, ConnectionError):
    """The server cannot be reached, or does not know the place: exit code 1."""

    exit_code = 1


@dataclass(frozen=True)
class Servers:
    """The servers of OpenStreetMap data: the public ones, or mirrors on an intranet.

    Attributes
    ----------
    overpass_url, nominatim_url : str
    polite : bool
        Whether to wait for a free slot of Overpass first, as its public servers expect.
    wait_s : float
        Pause before the second try; twice that before the third.
    timeout_s : float
        For one answer.
    """

    overpass_url: str = "https://overpass-api.de/api"
    nominatim_url: str = "https://nominatim.openstreetmap.org/"
    polite: bool = True
    wait_s: float = 3.0
    timeout_s: float = 180.0


def servers_from_environment() -> Servers:
    """Mirrors named by ``QUARTERHOUR_OVERPASS_URL`` and ``QUARTERHOUR_NOMINATIM_URL``."""
    public = Servers()
    overpass = os.environ.get("QUARTERHOUR_OVERPASS_URL")
    nominatim = os.environ.get("QUARTERHOUR_NOMINATIM_URL")
    return Servers(
        overpass_url=overpass or public.overpass_url,
        nominatim_url=nominatim or public.nominatim_url,
        polite=overpass is None,
    )


def fetch_study(
    place: str,
    folder: Path,
    *,
    cache: Path,
    servers: Servers | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Write a study of a place: its roads, its administrative areas, its settlements, pharmacies.

    Parameters
    ----------
    place : str
        As one would search for it on a map: ``"Vaduz, Liechtenstein"``, ``"武汉市江岸区"``.
    folder : Path
        New or empty.
    cache : Path
        Where answers are kept.
    servers : Servers, optional
        By default the public ones.
    progress : Progress, optional
        Stage ``fetch``, three steps.

    Returns
    -------
    list of Path
        The files written, study.toml last.

    Raises
    ------
    FetchError
        ``fetch_offline`` after three tries, ``fetch_unknown`` when no such place has an area,
        ``fetch_no_roads``.
    OutputError
        The folder is not empty (``folder_not_empty``) or cannot be written.
    """
    servers = servers or Servers()
    progress = progress or Progress()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError("folder_not_empty", file=str(folder))
    progress.stage("fetch", 3)
    with _osmnx_session(servers, cache) as osmnx:
        unknown = FetchError("fetch_unknown", value=place)
        area = _with_retries(lambda: osmnx.geocode_to_gdf(place).geometry.iloc[0], servers, unknown)
        progress.step()
        no_roads = FetchError("fetch_no_roads", value=place)
        graph = _with_retries(lambda: _roads(osmnx, area), servers, no_roads)
        progress.step()
        tags = {"boundary": ["administrative"], "place": _PLACES}
        tags |= {key: list(values) for key, values in presets()["pharmacy"].tags.items()}
        features = _with_retries(lambda: osmnx.features_from_polygon(area, tags), servers, None)
        progress.step()
        parts = FetchedParts(place, area, graph, features)
        return write_study(parts, folder, save_graph=osmnx.save_graphml)


def fetch_roads(
    place: str, path: Path, *, cache: Path, servers: Servers, progress: Progress
) -> Path:
    """Write the roads of a place as GraphML; parameters and errors as in `fetch_study`."""
    progress.stage("fetch", 2)
    with _osmnx_session(servers, cache) as osmnx:
        unknown = FetchError("fetch_unknown", value=place)
        area = _with_retries(lambda: osmnx.geocode_to_gdf(place).geometry.iloc[0], servers, unknown)
        progress.step()
        no_roads = FetchError("fetch_no_roads", value=place)
        graph = _with_retries(lambda: _roads(osmnx, area), servers, no_roads)
        osmnx.save_graphml(graph, path)
        progress.step()
    return path


def _roads(osmnx: Any, area: Any) -> Any:
    """The streets inside an area, joined between junctions wherever no tag of ours changes."""
    graph = osmnx.graph_from_polygon(area, simplify=False, retain_all=True, custom_filter=_WAYS)
    return osmnx.simplify_graph(graph, edge_attrs_differ=_DIFFER)


def _with_retries(
    request: Callable[[], T], servers: Servers, on_empty: FetchError | None
) -> T | None:
    """Send a request up to three times; an empty answer raises `on_empty`, or gives None."""
    import osmnx
    import requests

    for attempt in range(_TRIES):
        try:
            return request()
        except (requests.RequestException, osmnx._errors.ResponseStatusCodeError) as error:
            if attempt == _TRIES - 1:
                server = f"{servers.nominatim_url} / {servers.overpass_url}"
                raise FetchError("fetch_offline", server=server) from error
            time.sleep(servers.wait_s * (attempt + 1))
        except (osmnx._errors.InsufficientResponseError, TypeError, ValueError) as error:
            # OSMnx raises TypeError where Nominatim knows the place as a point without an area.
            if on_empty is not None:
                raise on_empty from error
            break
    return None


@contextmanager
def _osmnx_session(servers: Servers, cache: Path) -> Iterator[Any]:
    """OSMnx with our settings; they, and what OSMnx itself replaces, are restored afterwards."""
    import osmnx  # here: takes two seconds, which only this command needs

    answers = cache / "osm"
    _drop_damaged(answers)

    wanted = {
        "overpass_url": servers.overpass_url,
        "nominatim_url": servers.nominatim_url,
        "overpass_rate_limit": servers.polite,
        "requests_timeout": servers.timeout_s,
        "use_cache": True,
        "cache_folder": str(answers),
        # Otherwise OSMnx queries a public name server over HTTPS.
        "doh_url_template": None,
        "useful_tags_way": sorted({*ACCESS_TAGS, "name"}),
        "log_console": False,
    }
    before = {name: getattr(osmnx.settings, name) for name in wanted}
    resolve = socket.getaddrinfo
    try:
        for name, value in wanted.items():
            setattr(osmnx.settings, name, value)
        yield osmnx
    finally:
        for name, value in before.items():
            setattr(osmnx.settings, name, value)
        socket.getaddrinfo = resolve
        with suppress(OSError):  # the answers are asked for again
            if answers.is_dir():
                write_checksums(answers, _ANSWERS)


def _drop_damaged(answers: Path) -> None:
    """Remove kept answers that are not as they came, since OSMnx believes what it finds."""
    intact = intact_files(answers, _ANSWERS)
    for path in answers.glob("*"):
        if path.name not in intact:
            with suppress(OSError):
                path.unlink()
