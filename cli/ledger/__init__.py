"""The `ledger` commands: cases, their evidence and signatures, and the ledger's files."""
