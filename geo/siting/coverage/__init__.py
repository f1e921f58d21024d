"""Coverage (mclp, lscp): local search, the relaxed model, and integer models."""
