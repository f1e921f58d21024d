"""Roads and water as tiles that browsers fetch by view and zoom."""
