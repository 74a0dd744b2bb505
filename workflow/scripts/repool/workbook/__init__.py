"""The audit workbook: every calculation of a review as live spreadsheet formulas."""
