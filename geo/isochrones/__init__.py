"""Isochrones: reached streets, their outlines and the table of bands."""
