"""How a layer decides what is covered: one module a rule."""
