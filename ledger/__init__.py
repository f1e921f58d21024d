"""The ledger of a study: cases, their evidence, signatures and history, in SQLite."""
