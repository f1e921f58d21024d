"""The columns of the list on the Gaps page."""
