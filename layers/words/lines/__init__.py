"""Lines about results: changes, comparisons, findings, questions, proposals."""
