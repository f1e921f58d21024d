"""Areas of a study: units and their parents, areas around seats, land, water."""
