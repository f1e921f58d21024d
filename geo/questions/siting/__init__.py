"""Siting on a study: the candidates and their travel, the solution and what it changes."""
