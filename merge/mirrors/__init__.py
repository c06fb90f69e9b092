"""Whole mirrors: millions of documents, verified and merged in bounded memory."""

import typing as _typing

from pithmerge._lazy import lazily as _lazily

if _typing.TYPE_CHECKING:
    from pithmerge.mirrors.living import (
        DamageError,
        Mirror,
        MirrorError,
        init_mirror,
        open_mirror,
        update_mirror,
    )
    from pithmerge.mirrors.merge import MergeSummary, merge_mirror
    from pithmerge.mirrors.pulling import pull
    from pithmerge.mirrors.reading.parts import SourceError
    from pithmerge.mirrors.verify import Summary, verify_mirror

__all__ = [
    "DamageError",
    "MergeSummary",
    "Mirror",
    "MirrorError",
    "SourceError",
    "Summary",
    "init_mirror",
    "merge_mirror",
    "open_mirror",
    "pull",
    "update_mirror",
    "verify_mirror",
]

__getattr__, __dir__ = _lazily(
    __name__,
    globals(),
    {
        "living": (
            "DamageError",
            "Mirror",
            "MirrorError",
            "init_mirror",
            "open_mirror",
            "update_mirror",
        ),
        "merge": ("MergeSummary", "merge_mirror"),
        "pulling": ("pull",),
        "reading.parts": ("SourceError",),
        "verify": ("Summary", "verify_mirror"),
    },
)
