"""The map of the Coverage page and what surrounds it."""
