"""The inputs of a study: demand, sites, units, seats and their sources."""
