"""The ASGI application around the pages."""
