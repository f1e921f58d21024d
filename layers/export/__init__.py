"""The files of the results."""
