"""Repool: effects, pooling and reproduction of published meta-analyses, as pure functions."""
