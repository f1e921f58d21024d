"""Quality report, road corrections and the list of studies."""
