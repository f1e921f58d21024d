"""A minimal page with a map: one word, and a map with one rectangle.

Run by `app.py`: its times are the part of Streamlit and streamlit-folium.
"""

from __future__ import annotations

import folium
import streamlit as st
from streamlit_folium import st_folium

from app_pages.shell.served_files import leaflet_assets

st.set_page_config(layout="wide")
ground = folium.Map(location=[30.5, 114.3], tiles=None, prefer_canvas=True)
assets = leaflet_assets()
folium.Rectangle([[30.4, 114.2], [30.6, 114.4]]).add_to(ground)
# Leaflet from the app's own server, as in the app, instead of the internet.
ground.default_js = [("leaflet", assets.leaflet_js)]
ground.default_css = [("leaflet_css", assets.leaflet_css)]
st_folium(ground, returned_objects=["last_active_drawing"], key="map", height=600)
st.write("Map")
