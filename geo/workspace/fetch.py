"""Roads and boundaries of a place from OpenStreetMap by OSMnx, where there is internet.

The only part of the engine that opens a connection, and only when the user asks for it by name:
nothing else imports it. OSMnx keeps every answer in a cache, so that a second fetch of the same
place needs no server.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from geo.base.errors import OutputError, QuarterhourError
from geo.base.progress import Progress
from geo.roads.osm_access import ACCESS_TAGS
from geo.study.presets import PRESETS
from geo.workspace.from_osm import FetchedParts, write_study

__all__ = ["FetchError", "Servers", "fetch_study", "servers_from_environment"]

T = TypeVar("T")

# Ways that nobody travels on; private ones stay, since they may begin or end a trip.
_WAYS = (
    '["highway"]["area"!~"yes"]'
    '["highway"!~"abandoned|construction|planned|platform|proposed|raceway|razed"]'
)
_PLACES = ["city", "town", "village", "hamlet", "suburb", "quarter", "neighbourhood"]
_LEVELS = [str(level) for level in range(3, 12)]
_TRIES = 3
# Attributes that end an edge where they change, besides the junctions.
_DIFFER = [tag for tag in ACCESS_TAGS if tag not in ("junction", "oneway")]


class FetchError(QuarterhourError, ConnectionError):
    """There is no way to the server, or it knows nothing of the place: exit code 1."""

    exit_code = 1


@dataclass(frozen=True)
class Servers:
    """Whom to ask: the public servers, or mirrors on an intranet.

    Attributes
    ----------
    overpass_url, nominatim_url : str
    polite : bool
        Whether to ask Overpass for a free slot first, as its public servers expect.
    wait_s : float
        Before the second try; twice that before the third.
    timeout_s : float
        Of one answer.
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
        As one would ask a map for it: ``"Vaduz, Liechtenstein"``, ``"武汉市江岸区"``.
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
    with _asking(servers, cache) as osmnx:
        unknown = FetchError("fetch_unknown", value=place)
        area = _patiently(lambda: osmnx.geocode_to_gdf(place).geometry.iloc[0], servers, unknown)
        progress.step()
        no_roads = FetchError("fetch_no_roads", value=place)
        graph = _patiently(lambda: _roads(osmnx, area), servers, no_roads)
        progress.step()
        tags = {"boundary": ["administrative"], "place": _PLACES}
        tags |= {key: list(values) for key, values in PRESETS["pharmacy"].items()}
        features = _patiently(lambda: osmnx.features_from_polygon(area, tags), servers, None)
        progress.step()
        parts = FetchedParts(place, area, graph, features)
        return write_study(parts, folder, save_graph=osmnx.save_graphml)


def _roads(osmnx: Any, area: Any) -> Any:
    """The streets inside an area, joined between junctions wherever no tag of ours changes."""
    graph = osmnx.graph_from_polygon(area, simplify=False, retain_all=True, custom_filter=_WAYS)
    return osmnx.simplify_graph(graph, edge_attrs_differ=_DIFFER)


def _patiently(ask: Callable[[], T], servers: Servers, nothing: FetchError | None) -> T | None:
    """Ask up to three times; an empty answer raises `nothing`, or is None where that is None."""
    import osmnx
    import requests

    for attempt in range(_TRIES):
        try:
            return ask()
        except (requests.RequestException, osmnx._errors.ResponseStatusCodeError) as error:
            if attempt == _TRIES - 1:
                server = f"{servers.nominatim_url} / {servers.overpass_url}"
                raise FetchError("fetch_offline", server=server) from error
            time.sleep(servers.wait_s * (attempt + 1))
        except (osmnx._errors.InsufficientResponseError, TypeError, ValueError) as error:
            # OSMnx says TypeError where Nominatim knows the place as a point without an area.
            if nothing is not None:
                raise nothing from error
            break
    return None


@contextmanager
def _asking(servers: Servers, cache: Path) -> Iterator[Any]:
    """OSMnx with our settings, and everything that it changes for good put back afterwards."""
    import osmnx  # two seconds that no other command pays for

    wanted = {
        "overpass_url": servers.overpass_url,
        "nominatim_url": servers.nominatim_url,
        "overpass_rate_limit": servers.polite,
        "requests_timeout": servers.timeout_s,
        "use_cache": True,
        "cache_folder": str(cache / "osm"),
        # It would ask a public name server over HTTPS.
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
