"""An office's own ledger: its words and columns, how it is read, and how it is taken in."""
