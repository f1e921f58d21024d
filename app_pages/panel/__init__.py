"""The panel beside the map: figures of the whole, a unit, a site, a place or trial sites."""
