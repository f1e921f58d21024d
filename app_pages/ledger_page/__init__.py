"""The Ledger page: filters, list, one case, recomputation, board, levels, trend, files."""
