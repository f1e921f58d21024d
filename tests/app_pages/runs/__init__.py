"""Tests of app_pages.runs."""
