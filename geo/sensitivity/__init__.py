"""Sensitivity: the range of the share when one assumption at a time changes."""
