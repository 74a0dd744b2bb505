"""Repool: effects, pooling and reproduction of published meta-analyses, as pure functions."""

from typing import Any

__all__ = ["pool_frame", "pool_one"]


def __getattr__(name: str) -> Any:
    """The public calls, loaded when asked for: most of the workflow's jobs do not pool."""
    if name in __all__:
        from repool import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
