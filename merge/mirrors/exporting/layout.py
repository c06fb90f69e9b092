"""Where everything stands in a site: the registry's paths, and what is beside them."""

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from pithmerge.core.rules import V1
from pithmerge.errors import OutputError
from pithmerge.showing import redacted

PAPERS: Final = "pith"
WELL_KNOWN: Final = ".well-known/pith"
BUNDLE, STATE, EVENTS, PAGE = "bundle.json", "state.json", "events.json", "index.html"
MANIFEST: Final = "pith-mirrors.json"
SUMS: Final = "SHA256SUMS"
SUM_SHARDS: Final = "checksums"
INDEX: Final = "index"
ASSETS: Final = "assets"
LEDGER: Final = "pithmerge-export.json"
"""By which a folder says that it is a site of ours, and of what."""

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
"""Of a suffix (RFC 4648, base32)."""
_A_SUM_SHARD: Final = 64
_A_NUMBER_SHARD: Final = 512
_A_HASH_SHARD: Final = 256
"""Papers, about, that a shard is for."""
_MOST_LETTERS, _MOST_DIGITS = 4, 5

_FNV_OFFSET, _FNV_PRIME = 0x811C9DC5, 0x01000193
_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+|/(?:%[0-9A-Fa-f]{2})+)*")


def paper_files(suffix: str) -> tuple[str, ...]:
    """All files that a paper may have, in the order of checksums."""
    folder = f"{PAPERS}/{suffix}"
    return (
        f"{WELL_KNOWN}/{suffix}/{BUNDLE}",
        f"{folder}/{BUNDLE}",
        f"{folder}/{EVENTS}",
        f"{folder}/{PAGE}",
        f"{folder}/{STATE}",
    )


def letters_of_sums(papers: int) -> int:
    """How many letters of a suffix say which shard of checksums it is in."""
    return _digits(papers, _A_SUM_SHARD, len(LETTERS), _MOST_LETTERS)


def letters_of_numbers(papers: int) -> int:
    """How many letters of a suffix say which shard of numbers it is in."""
    return _digits(papers, _A_NUMBER_SHARD, len(LETTERS), _MOST_LETTERS)


def digits_of_hashes(papers: int) -> int:
    """How many hexadecimal digits of a hash say which shard a name or a word is in."""
    return _digits(papers, _A_HASH_SHARD, 16, _MOST_DIGITS)


def _digits(papers: int, each: int, base: int, most: int) -> int:
    digits = 1
    while digits < most and papers > each * base**digits:
        digits += 1
    return digits


def every_shard(letters: int) -> Iterator[str]:
    """All beginnings of suffixes of that length, in order of the alphabet of suffixes."""
    for number in range(len(LETTERS) ** letters):
        yield "".join(
            LETTERS[number // len(LETTERS) ** place % len(LETTERS)]
            for place in reversed(range(letters))
        )


def hash_shard(text: str, digits: int) -> int:
    """The shard of a name or a word: the first digits of FNV-1a (32 bits) of its UTF-8."""
    value = _FNV_OFFSET
    for byte in text.encode():
        value = (value ^ byte) * _FNV_PRIME & 0xFFFFFFFF
    return value >> (32 - 4 * digits)


def checked_base_url(url: str) -> str:
    """The address of a site, without a slash at its end.

    Raises:
        OutputError: it is none that a manifest can name.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    plain = parts.path.rstrip("/")
    if (
        parts.scheme not in ("https", "http")
        or not _HOST.fullmatch(parts.netloc)
        or not _PATH.fullmatch(plain)
        or "?" in url
        or "#" in url
    ):
        raise OutputError(
            f"{redacted(url, is_url=True)}: it is no address that a manifest can name: give "
            "--base-url as https://mirror.example or https://mirror.example/folder, without a "
            "password, ? or #"
        )
    return f"{parts.scheme}://{parts.netloc}{plain}"


def manifest_of(base_url: str, *, name: str | None, generated_at: str) -> dict[str, Any]:
    """The mirror manifest of a site (SPEC 10.5).

    Args:
        base_url: see `checked_base_url`.
        name: of the mirror; None for the host of its address.
        generated_at: when the mirror has last learned something.
    """
    return {
        "manifest_type": "pith_mirror_manifest",
        "manifest_version": "1.0",
        "generated_at": generated_at,
        "merge_version": V1.merge_version,
        "mirrors": [
            {
                "name": urlsplit(base_url).netloc if name is None else name,
                "mirror_type": urlsplit(base_url).scheme,
                "base_url": base_url,
                "bundle_pattern": f"{base_url}/{PAPERS}/{{suffix}}/{BUNDLE}",
                "state_pattern": f"{base_url}/{PAPERS}/{{suffix}}/{STATE}",
                "well_known_pattern": f"{base_url}/{WELL_KNOWN}/{{suffix}}/{BUNDLE}",
                "events_pattern": f"{base_url}/{PAPERS}/{{suffix}}/{EVENTS}",
                "status": "mirror",
            }
        ],
        "notes": "events_pattern gives all signed events of papers that several bundles tell of; "
        "other papers have no such file. Current state is computed by deterministic merge, not by "
        "trusting this manifest.",
    }
