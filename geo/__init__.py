"""The engine: plain Python on GeoDataFrames and arrays; no Streamlit, folium or matplotlib."""
