"""Mirror manifests: where the mirrors that one lists serve what.

A manifest is trusted for nothing else. The keys in it enter no keyring: "current state is computed
by deterministic merge, not by trusting this manifest".
"""

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import msgspec

from pithmerge.documents import DocumentKind, parse_document
from pithmerge.errors import PithmergeError
from pithmerge.fixtures import published
from pithmerge.mirrors.living.errors import MirrorError
from pithmerge.mirrors.pulling.addresses import WEB
from pithmerge.showing import brief, encodable, redacted, shown

MAX_MANIFEST_BYTES: Final = 2**20
SUFFIX: Final = "{suffix}"
"""What stands in a pattern for the 26 characters of a Pith Number."""
_PUBLISHED: Final = "pith-mirrors.json"
_MOST_MIRRORS: Final = 100
_LONGEST_PATTERN: Final = 2000
_WITH_A_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class ListedMirror(msgspec.Struct, frozen=True):
    """A mirror of a manifest: the patterns of what it serves, each with `SUFFIX`.

    Attributes:
        name: what the manifest calls it.
        bundles: where a paper's bundle is, and where else if it is not there.
        events: where all its signed events are, if the manifest says so (``events_pattern``).
        state: where its state is, for papers that have no bundle.
    """

    name: str
    bundles: tuple[str, ...]
    events: str | None = None
    state: str | None = None

    @property
    def patterns(self) -> tuple[str, ...]:
        """All of them, each once."""
        each = (*self.bundles, self.events, self.state)
        return tuple(dict.fromkeys(pattern for pattern in each if pattern is not None))

    @property
    def place(self) -> str:
        """How it is called in rows: by its first pattern, without what is secret in it."""
        return shown(self.patterns[0])


def published_manifest() -> bytes:
    """The registry's own."""
    return published(_PUBLISHED)


def read_manifest(
    data: bytes, *, name: str, address: str | None = None
) -> tuple[ListedMirror, ...]:
    """The mirrors that a manifest lists, in its order.

    Args:
        data: the manifest.
        name: of its file, for messages.
        address: where it was fetched; patterns that begin with no scheme are relative to their
            mirror's ``base_url``, or to this.

    Raises:
        MirrorError: it is no manifest, or a pattern in it is none.
    """
    try:
        document = parse_document(data, name=name, max_bytes=MAX_MANIFEST_BYTES)
    except PithmergeError as error:
        raise MirrorError(str(error)) from None
    if document.kind is not DocumentKind.MANIFEST:
        raise MirrorError(f"{name}: it is a {document.kind}: give a mirror manifest")
    value: Any = document.value
    listed = value.get("mirrors")
    if not isinstance(listed, list) or not 0 < len(listed) <= _MOST_MIRRORS:
        raise MirrorError(
            f"{name}: $.mirrors is no list of 1 to {_MOST_MIRRORS} mirrors: give another manifest"
        )
    mirrors = tuple(
        _mirror(entry, f"{name}: $.mirrors[{index}]", address) for index, entry in enumerate(listed)
    )
    _tell_apart(mirrors, name)
    return mirrors


def _mirror(entry: Any, where: str, address: str | None) -> ListedMirror:
    if not isinstance(entry, dict):
        raise MirrorError(f"{where} is no object: give another manifest")
    base = entry.get("base_url")
    base = base if isinstance(base, str) and base else address

    def pattern(member: str) -> str | None:
        value = entry.get(member)
        return None if value is None else _pattern(value, f"{where}.{member}", base)

    bundles = (pattern("bundle_pattern"), pattern("well_known_pattern"))
    mirror = ListedMirror(
        encodable(str(entry.get("name") or ""))[:100],
        tuple(dict.fromkeys(each for each in bundles if each is not None)),
        pattern("events_pattern"),
        pattern("state_pattern"),
    )
    if not mirror.bundles and mirror.events is None:
        raise MirrorError(f"{where} has no bundle_pattern: give another manifest")
    return mirror


def _pattern(value: Any, where: str, base: str | None) -> str:
    """A pattern that stands for one address of the web for each paper.

    Raises:
        MirrorError: it does not.
    """
    if not isinstance(value, str) or len(value) > _LONGEST_PATTERN:
        raise MirrorError(f"{where} is no text of at most {_LONGEST_PATTERN:,} characters")
    text = f"{where} ({brief(shown(value))})"
    if SUFFIX not in value or re.search("[{}]", value.replace(SUFFIX, "")):
        raise MirrorError(f"{text}: it has to have {SUFFIX}, and no other braces")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise MirrorError(f"{text}: characters of an address are those of ASCII, without spaces")
    if not _WITH_A_SCHEME.match(value):
        if base is None:
            raise MirrorError(f"{text}: it says no scheme, and there is no base_url: give https://")
        value = urljoin(base, value)
    return _checked(value, text)


def _checked(pattern: str, text: str) -> str:
    try:
        parts = urlsplit(pattern)
        host, scheme = parts.hostname, parts.scheme
        _ = parts.port
    except ValueError as error:
        raise MirrorError(f"{text}: it is no address ({error})") from None
    if scheme not in WEB:
        raise MirrorError(f"{text}: its scheme is {brief(scheme)}: only https and http are asked")
    if not host or SUFFIX.lower() in parts.netloc.lower():
        raise MirrorError(f"{text}: it names no one host")
    return pattern


def _tell_apart(mirrors: tuple[ListedMirror, ...], name: str) -> None:
    """What is written down of an address is without what is secret in it, and has to name it still.

    Raises:
        MirrorError: see there.
    """
    by_place: dict[str, str] = {}
    for pattern in _each_pattern(mirrors):
        other = by_place.setdefault(redacted(pattern, is_url=True), pattern)
        if other != pattern:
            raise MirrorError(
                f"{name}: two patterns differ in nothing but what is secret in "
                f"{brief(shown(pattern))}: give each mirror a manifest of its own"
            )


def _each_pattern(mirrors: tuple[ListedMirror, ...]) -> Iterator[str]:
    for mirror in mirrors:
        yield from mirror.patterns
