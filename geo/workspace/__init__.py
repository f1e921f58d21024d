"""Study folders: creating, editing, packing and filling them."""
