"""Incompletely reported trial data to means and SDs; each value says how it came about. docs/methods.md."""
