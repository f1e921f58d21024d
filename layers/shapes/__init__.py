"""Simplified geometries and packed arrays that maps draw from."""
