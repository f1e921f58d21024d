"""Rights of the person of a session: the guard that the engine asks, and what pages say of it."""
