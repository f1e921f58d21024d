"""Builds the result tables (demand, units, gaps, sites, summary) from travel times."""
