"""Programmes in words: sources of limits, presets, the overview and its composites."""
