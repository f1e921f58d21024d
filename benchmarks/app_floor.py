"""The least that a page with a map can be: one word, and a map with one rectangle.

Run by `app.py`: what a browser needs for it is Streamlit's and streamlit-folium's, not ours.
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
# Leaflet from here, as the app has it; from its usual places it would be loaded from outside.
ground.default_js = [("leaflet", assets.leaflet_js)]
ground.default_css = [("leaflet_css", assets.leaflet_css)]
st_folium(ground, returned_objects=["last_active_drawing"], key="map", height=600)
st.write("Map")
