"""Road files that are not OSM's own: edge tables and GraphML, and the study's overrides."""
