"""RevMan 5 files (`*.rm5`, XML): analyses, trials, settings and every figure that RevMan printed."""

from repool.readers.revman5.review import read_revman5

__all__ = ["read_revman5"]
