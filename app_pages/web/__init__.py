"""The ASGI application around the pages: its run, sign-in, log, headers and health."""
