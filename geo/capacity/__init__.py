"""Capacity: who is served within the capacity of the sites, and the supply within reach."""
