"""A mirror for others: a static site, and tables for analysts."""

import typing as _typing

from pithmerge._lazy import lazily as _lazily

if _typing.TYPE_CHECKING:
    from pithmerge.mirrors.exporting.site import Exported, export_mirror
    from pithmerge.mirrors.exporting.tables import write_tables

__all__ = ["Exported", "export_mirror", "write_tables"]

__getattr__, __dir__ = _lazily(
    __name__,
    globals(),
    {"site": ("Exported", "export_mirror"), "tables": ("write_tables",)},
)
