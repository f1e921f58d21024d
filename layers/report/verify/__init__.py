"""Checks the figures of a document that was handed in against the results of a run."""
