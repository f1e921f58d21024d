"""Equity: how unequally travel times are distributed, and how far people live beyond the limit."""
