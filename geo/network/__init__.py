"""Roads as a compact graph for each profile, and positions of points on it."""
