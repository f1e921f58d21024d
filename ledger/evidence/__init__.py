"""Coverage behind the cases: their opening from gaps, locked parameters, and recomputation."""
