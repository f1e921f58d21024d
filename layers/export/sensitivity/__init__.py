"""The files of a sensitivity analysis."""
