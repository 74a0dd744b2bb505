"""Binomial models for rare events: one-stage likelihoods that need no zero-cell correction."""
