"""A mirror that lives: a database that learns what is new, and is asked what it knows."""

import typing as _typing

from pithmerge._lazy import lazily as _lazily

if _typing.TYPE_CHECKING:
    from pithmerge.mirrors.living.checking import Checked, Damage, check_mirror
    from pithmerge.mirrors.living.errors import DamageError, MirrorError
    from pithmerge.mirrors.living.found import Finding, Found
    from pithmerge.mirrors.living.mirror import Updated, init_mirror, update_mirror
    from pithmerge.mirrors.living.opened import Mirror, open_mirror

__all__ = [
    "Checked",
    "Damage",
    "DamageError",
    "Finding",
    "Found",
    "Mirror",
    "MirrorError",
    "Updated",
    "check_mirror",
    "init_mirror",
    "open_mirror",
    "update_mirror",
]

__getattr__, __dir__ = _lazily(
    __name__,
    globals(),
    {
        "checking": ("Checked", "Damage", "check_mirror"),
        "errors": ("DamageError", "MirrorError"),
        "found": ("Finding", "Found"),
        "mirror": ("Updated", "init_mirror", "update_mirror"),
        "opened": ("Mirror", "open_mirror"),
    },
)
