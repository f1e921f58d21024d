"""Chapters of the report in modules of their own: proposed sites, conclusion."""
