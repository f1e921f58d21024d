"""The map of a comparison: two states side by side, and their difference."""
