"""Siting: which new sites reach most people, with a proven bound, on any matrix or a study."""

from geo.siting.methods import solve_matrix
from geo.siting.result import METHODS, Siting

__all__ = ["METHODS", "Siting", "solve_matrix"]
