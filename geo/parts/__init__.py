"""Computes a study in parts, on this machine or on a cluster."""
