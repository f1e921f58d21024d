"""From travel times to the tables of results: units, gaps, sites, summary."""
