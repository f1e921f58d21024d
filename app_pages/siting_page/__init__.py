"""The Siting page: its form, job, map, results, and the step into a scenario."""
