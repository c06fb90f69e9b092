"""A mirror for others: a static site, and tables for analysts."""

import typing as _typing

from pithmerge._lazy import lazily as _lazily

if _typing.TYPE_CHECKING:
    from pithmerge.mirrors.exporting.site import Exported, export_mirror

__all__ = ["Exported", "export_mirror"]

__getattr__, __dir__ = _lazily(__name__, globals(), {"site": ("Exported", "export_mirror")})
