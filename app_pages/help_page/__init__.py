"""The Help page: the chapters of the guide, and how their Markdown is shown."""
