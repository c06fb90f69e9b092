"""The JavaScript modules as one script, so that a page works from a folder, without a server.

A bundler for the modules of this folder alone, which import by name and relative path, export at
the definition, and have no cycles; what else a module may hold is refused.
"""

import posixpath
import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from importlib.resources import files
from typing import Final

_IMPORT: Final = re.compile(r'^import \{([^}]*)\} from "(\.[^"]*\.mjs)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export ((?:async )?function\*?|class|const) (\w+)", re.MULTILINE)
_OTHER: Final = re.compile(r"^\s*(?:import|export)\b.*$|\bimport\(.*$", re.MULTILINE)
_BROWSERS: Final = {"platform.mjs": "page/platform.mjs"}
"""What stands in a browser for a module that asks the machine."""


def bundle(entry: str) -> str:
    """One script that does what a module and all that it imports do, in strict mode.

    Args:
        entry: the module's path in this folder, such as ``page/worker.mjs``.

    Raises:
        ValueError: a module holds an import or an export that this cannot bundle, or a cycle.
    """
    sources: dict[str, str] = {}
    waiting = [entry]
    while waiting:
        path = waiting.pop()
        if path not in sources:
            sources[path] = files("pithmerge.web").joinpath(path).read_text("utf-8")
            waiting += imported(path, sources[path])
    return _joined(sources, entry)


def imported(path: str, source: str) -> list[str]:
    """The modules that a module imports, as they are in a browser."""
    return [_target(path, match[2]) for match in _IMPORT.finditer(source)]


def _target(path: str, relative: str) -> str:
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), relative))
    return _BROWSERS.get(target, target)


def _joined(sources: Mapping[str, str], entry: str) -> str:
    order = TopologicalSorter({path: imported(path, text) for path, text in sources.items()})
    names = {path: f"module{number}" for number, path in enumerate(sorted(sources))}
    parts = ['"use strict";']
    for path in order.static_order():
        source = sources[path]
        exported = [match[2] for match in _EXPORT.finditer(source)]

        def taken(match: re.Match[str], path: str = path) -> str:
            wanted = " ".join(match[1].split()).rstrip(",")
            return f"const {{ {wanted} }} = {names[_target(path, match[2])]};\n"

        body = _EXPORT.sub(r"\1 \2", _IMPORT.sub(taken, source))
        other = _OTHER.search(body)
        if other:
            raise ValueError(f"{path}: this cannot be bundled: {other[0].strip()}")
        gives = f"return {{ {', '.join(exported)} }};\n" if path != entry else ""
        parts.append(f"const {names[path]} = (() => {{\n{body}{gives}}})();")
    return "\n".join(parts) + "\n"
