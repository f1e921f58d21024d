"""Shortest travel times: the kernel, its sources, the union of all sites and each site alone."""
