"""OSM files: roads, sites, tagged tables and water."""
