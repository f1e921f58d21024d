"""A new study: its creation, its steps, and roads fetched from OpenStreetMap."""
