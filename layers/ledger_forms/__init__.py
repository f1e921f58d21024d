"""The ledger on paper: the three lists as a workbook, and the form of closing."""
