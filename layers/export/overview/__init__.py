"""The overview as a workbook: the table of the page, and 指标汇总表."""
