"""Small graphics inside a page."""
