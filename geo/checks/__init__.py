"""The checks behind the quality report."""
