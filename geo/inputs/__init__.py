"""The inputs of a study as the engine holds them: units, demand points, roads, positions."""
