"""The panel beside the map: a unit, a site, a place, a trial."""
