"""How much work something is: counted in calls."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def calls_in(job: Callable[[], object]) -> int:
    """How many Python functions are called while a job is done, itself included."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        job()
    finally:
        sys.setprofile(before)
    return count
