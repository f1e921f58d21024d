"""Figures beside the share by time: capacity, the shares of other rules, hours, tiers."""
