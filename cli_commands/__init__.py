"""The commands behind `cli.py`, and what they share."""
