"""p-median: Lagrangian bounds, branch and bound, and integer models."""
