"""The report as DOCX, HTML and PDF."""
