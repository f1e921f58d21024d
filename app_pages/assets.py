"""What the map's frame loads: Leaflet from the installed package, and this study's geometry.

Both are served through Streamlit's own door for component files (`declare_component` with a path):
the only public one that serves a folder outside the app's, so that nothing is copied out of
site-packages and a read-only checkout works. The map's frame lives at
``…/component/streamlit_folium.st_folium/``; addresses relative to it hold under any base path.

Whoever knows an address can fetch it without a session, as with Streamlit's own media files. The
names are hashes of the content, so only those who have seen the map know them.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v1 import declare_component
from xstatic.pkg import leaflet

from layers.base_map import MapAssets

__all__ = ["leaflet_assets", "publish"]


def leaflet_assets() -> MapAssets:
    """Leaflet's addresses, relative to the map's frame."""
    served = declare_component("leaflet", path=leaflet.BASE_DIR)
    root = f"../{served.name}"
    return MapAssets(leaflet_js=f"{root}/leaflet.js", leaflet_css=f"{root}/leaflet.css")


def publish(data: Any) -> str:
    """Put `data` where the map's frame finds it as JSON; returns its address relative to it."""
    content = json.dumps(
        data, ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True
    ).encode()
    folder = Path(_folder().name)
    name = f"{hashlib.sha256(content).hexdigest()}.json"
    if not (folder / name).exists():
        # Two sessions may write the same content at once; the name appears when it is whole.
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as part:
            part.write(content)
        Path(part.name).replace(folder / name)
    served = declare_component("drawn", path=str(folder))
    return f"../{served.name}/{name}"


@st.cache_resource(show_spinner=False)
def _folder() -> tempfile.TemporaryDirectory[str]:
    """A folder that goes away with the server."""
    return tempfile.TemporaryDirectory(prefix="quarterhour-map-")
