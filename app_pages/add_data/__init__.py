"""Adding a file to a study, step by step."""
