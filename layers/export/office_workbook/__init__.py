"""Workbooks in the form of an office: sheets, columns, rows and the lists of gaps."""
