"""How much memory something takes at its worst."""

import tracemalloc
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def with_peak(job: Callable[[], Result]) -> tuple[Result, int]:
    """What a job returns, and the most bytes that Python held for it at a time."""
    tracemalloc.start()
    try:
        result = job()
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
