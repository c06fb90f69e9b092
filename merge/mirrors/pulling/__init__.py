"""Fetching what other mirrors serve, politely, and taking in what holds."""

import typing as _typing

from pithmerge._lazy import lazily as _lazily

if _typing.TYPE_CHECKING:
    from pithmerge.mirrors.pulling.manifests import ListedMirror, read_manifest
    from pithmerge.mirrors.pulling.politeness import Politeness
    from pithmerge.mirrors.pulling.run import Pulled, pull

__all__ = ["ListedMirror", "Politeness", "Pulled", "pull", "read_manifest"]

__getattr__, __dir__ = _lazily(
    __name__,
    globals(),
    {
        "manifests": ("ListedMirror", "read_manifest"),
        "politeness": ("Politeness",),
        "run": ("Pulled", "pull"),
    },
)
