"""Worked sheets: every calculation written out as a textbook would, with the numbers put in."""
