"""Datums, axis order and projections of coordinates, and the plane around a point."""
