"""The files that the map loads: Leaflet from its package, the map's script, the study's data.

They are served as component files (`declare_component` with a path). This is Streamlit's only
public way to serve a folder outside the app's own, so nothing is copied from site-packages, and a
read-only checkout works. The map's iframe is at ``…/component/streamlit_folium.st_folium/``;
addresses relative to it work under any base path.

Files can be fetched without a session by their address, like Streamlit's own media files. Their
names are hashes of the content, known only to those who have opened the map.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v1 import declare_component
from xstatic.pkg import leaflet

from geo.base.errors import QuarterhourError
from geo.base.files import write_atomic
from geo.base.scratch import ScratchFolder
from geo.study.model import Study
from layers.shapes.point_field import PointField
from layers.web_map.base_map import Ground, MapAssets, map_script
from layers.words.catalogue import Words

__all__ = ["ground_of", "leaflet_assets", "publish", "publish_later"]

# `FOLDER` of `layers.web_map.tiles.roads` and `.water`, not imported here: the engine takes
# seconds to load.
ROAD_TILES = "road-tiles"
WATER_TILES = "water-tiles"


def leaflet_assets() -> MapAssets:
    """Addresses of Leaflet and of the map's script, relative to the map's iframe."""
    served = declare_component("leaflet", path=leaflet.BASE_DIR)
    root = f"../{served.name}"
    script = map_script().encode()
    # Named by its content, so that no browser keeps the script of an older version.
    name = f"{hashlib.sha256(script).hexdigest()}.js"
    return MapAssets(
        leaflet_js=f"{root}/leaflet.js",
        leaflet_css=f"{root}/leaflet.css",
        script_js=f"{_served({name: script})}/{name}",
    )


def publish(data: Any) -> str:
    """Serve `data`; returns its address relative to the map's iframe.

    Parameters
    ----------
    data : PointField or JSON values
        A `PointField` becomes a folder, whose address is returned.
    """
    if isinstance(data, PointField):
        digest = hashlib.sha256()
        for name, content in sorted(data.files.items()):
            digest.update(f"{name} {len(content)} ".encode() + content)
        folder = digest.hexdigest()
        return f"{_served({f'{folder}/{name}': c for name, c in data.files.items()})}/{folder}"
    content = json.dumps(
        data, ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True
    ).encode()
    name = f"{hashlib.sha256(content).hexdigest()}.json"
    return f"{_served({name: content})}/{name}"


def publish_later(key: str, build: Callable[[], Any]) -> str:
    """Serve what `build` returns once it is made, in the background; returns the note's address.

    The note holds ``state`` (cutting, ready or none) and, when ready, ``data``.

    Parameters
    ----------
    key : str
        Stands for the data; the caller builds each only once.
    """
    name = f"later-{hashlib.sha256(key.encode()).hexdigest()}.json"
    drawn = _served({name: b'{"state": "cutting"}'})
    note = Path(_folder().name) / name

    def work() -> None:
        said: dict[str, Any] = {"state": "none"}
        try:
            said = {"state": "ready", "data": build()}
        finally:
            write_atomic(note, json.dumps(said, ensure_ascii=False, allow_nan=False).encode())

    threading.Thread(target=work, name="later", daemon=True).start()
    return f"{drawn}/{name}"


def ground_of(study: Study, key: str, words: Words) -> Ground:
    """The ground map: roads and water of the study, Tianditu's tiles with a key. Does not wait.

    Tiles of roads and water are cut once, in the background. Until they are ready, the map polls a
    status file.

    Parameters
    ----------
    key : str
        The analysis' key (`app_pages.shell.state.analysis_key`).
    """
    own = study.study.tianditu_key or os.environ.get("QUARTERHOUR_TIANDITU_KEY", "").strip()
    return Ground(
        roads=_cut_tiles(key, ROAD_TILES, _study=study),
        water=_cut_tiles(key, WATER_TILES, _study=study),
        tianditu_key=own if own.isalnum() else "",
        tiles_word=words("ground.tianditu"),
    )


# One for all sessions. A daemon thread, so that the server does not wait for it when it ends.
@st.cache_resource(show_spinner=False, max_entries=40)
def _cut_tiles(key: str, kind: str, *, _study: Study) -> str:
    from geo.base.cache import default_cache

    name = f"{kind}-{hashlib.sha256(key.encode()).hexdigest()}.json"
    drawn = _served({name: b'{"state": "cutting"}'})
    status = Path(_folder().name) / name
    # Streamlit serves only folders that the thread of the script has declared. If the home folder
    # is read-only, the temporary folder of the server is used.
    places = [(Path(_folder().name), f"{drawn}/{kind}")]
    cache = default_cache()
    with contextlib.suppress(OSError):
        (cache / kind).mkdir(parents=True, exist_ok=True)
        kept = declare_component(kind.partition("-")[0], path=str(cache / kind))
        places.insert(0, (cache, f"../{kept.name}"))
    threading.Thread(
        target=_cut, args=(_study, kind, status, places), name=kind, daemon=True
    ).start()
    return f"{drawn}/{name}"


def _cut(study: Study, kind: str, status: Path, places: list[tuple[Path, str]]) -> None:
    """Cut the tiles into the first of `places` (cache, address) that can be written."""
    # Imported here: the engine takes seconds to load.
    from layers.web_map.tiles.roads import kept_tiles
    from layers.web_map.tiles.water import kept_water_tiles

    cut = kept_tiles if kind == ROAD_TILES else kept_water_tiles
    state = {"state": "none"}
    try:
        for cache, address in places:
            try:
                folder = cut(study, cache)
                if folder is not None:
                    state = {"state": "ready", "base": f"{address}/{folder.name}"}
                break
            except (QuarterhourError, OSError) as error:
                # The page reports errors of the study. The map works without its ground.
                logging.getLogger(__name__).warning("no %s in %s: %s", kind, cache, error)
    finally:
        write_atomic(status, json.dumps(state).encode())


def _served(files: dict[str, bytes]) -> str:
    """Write the files that are missing; returns the address of their folder."""
    folder = Path(_folder().name)
    for name, content in files.items():
        target = folder / name
        if target.exists():
            continue
        target.parent.mkdir(exist_ok=True)
        # Two sessions may write the same file at once, so it is renamed when it is complete.
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as part:
            part.write(content)
        Path(part.name).replace(target)
    return f"../{declare_component('drawn', path=str(folder)).name}"


@st.cache_resource(show_spinner=False)
def _folder() -> ScratchFolder:
    """A temporary folder that is removed when the server ends."""
    return ScratchFolder("quarterhour-map-")
