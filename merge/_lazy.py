"""Public names that are loaded when they are asked for (PEP 562)."""

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any


def lazily(
    module: str, names: "dict[str, Any]", homes: "Mapping[str, Iterable[str]]"
) -> "tuple[Callable[[str], Any], Callable[[], list[str]]]":
    """The ``__getattr__`` and ``__dir__`` of a module whose names live in others.

    Args:
        module: its name.
        names: its ``globals()``.
        homes: the modules, seen from there, and the names that each gives.
    """
    home_of = {name: f"{module}.{home}" for home, given in homes.items() for name in given}

    def get(name: str) -> "Any":
        if name not in home_of:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        value = getattr(import_module(home_of[name]), name)
        names[name] = value
        return value

    def listed() -> list[str]:
        return sorted({*names, *home_of})

    return get, listed
