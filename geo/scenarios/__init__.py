"""Scenarios: named lists of changes to a study, kept with it, applied to it and compared."""
