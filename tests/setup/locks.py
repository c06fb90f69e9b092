"""Locks, as the tests read them: what is pinned, and what asks for it."""

import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "requirements"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


class Pin(NamedTuple):
    """An entry of a lock."""

    requirement: Requirement
    hashes: frozenset[str]

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        (specifier,) = self.requirement.specifier
        return specifier.version

    def applies(self, **environment: str) -> bool:
        marker = self.requirement.marker
        return marker is None or marker.evaluate(environment)


def read(name: str) -> list[Pin]:
    """The entries of a lock. A line that is none of its form is an error."""
    text = (FOLDER / name).read_text(encoding="utf-8").replace("\\\n", " ")
    pins = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        pinned, *hashes = line.split(" --hash=")
        pins.append(Pin(Requirement(pinned.strip()), frozenset(part.strip() for part in hashes)))
    return pins


def asked_for(extras: set[str]) -> list[Requirement]:
    """What pyproject.toml asks for: to build the package, to run it, and by its extras."""
    project = PROJECT["project"]
    optional = project["optional-dependencies"]
    texts = [*PROJECT["build-system"]["requires"], *project["dependencies"]]
    texts += [text for extra in sorted(extras) for text in optional[extra]]
    return [Requirement(text) for text in texts]


def closure(roots: list[Requirement]) -> dict[str, list[Requirement]]:
    """All that the requirements need, here: each name, with everything that is asked of it."""
    needed: dict[str, list[Requirement]] = {}
    waiting, seen = list(roots), set()
    while waiting:
        requirement = waiting.pop()
        if str(requirement) in seen or not _applies(requirement):
            continue
        seen.add(str(requirement))
        name = canonicalize_name(requirement.name)
        if name == PROJECT["project"]["name"]:
            waiting += asked_for(requirement.extras)
            continue
        needed.setdefault(name, []).append(requirement)
        for text in metadata.distribution(name).requires or []:
            wanted = Requirement(text)
            extras = [{"extra": ""}, *({"extra": extra} for extra in sorted(requirement.extras))]
            if wanted.marker is None or any(map(wanted.marker.evaluate, extras)):
                wanted.marker = None
                waiting.append(wanted)
    return needed


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})
