"""The study: its model, how study.toml is read, its problems, its presets."""
