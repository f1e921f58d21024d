"""Layers of a study made from presets and bundles."""
