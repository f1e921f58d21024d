"""The list on the Gaps page: its columns, and the step from its rows into the ledger."""
