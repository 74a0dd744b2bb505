"""Readers: each accepted form of a review folder to the normal form, or to a list of problems."""
