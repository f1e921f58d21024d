"""Inputs of a study in the form used by the engine: units, demand points, roads, positions."""
