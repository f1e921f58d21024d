"""Scripts that run in the browser beside every page: words of widgets, state of the connection."""
