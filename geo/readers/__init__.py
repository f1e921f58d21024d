"""Readers: untrusted bytes to checked tables."""
