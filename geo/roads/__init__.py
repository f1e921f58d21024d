"""The table of roads, the classes of `highway`, and who may use an edge."""
