"""Tests of server.runs."""
