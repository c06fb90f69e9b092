"""Animals that err on documents (SPEC 10)."""

import re
from collections.abc import Callable
from typing import Any

from pithmerge.canon import canonical_json, read_json, sha256_hex
from pithmerge.conformance import reference
from pithmerge.crypto import Key, Keyring
from pithmerge.errors import PithmergeError
from pithmerge.spec.signatures import from_base64
from pithmerge.verification import snapshots
from tests.zoo.animal import Patches, animal

Report = dict[str, Any]


def _reading(change: Callable[[Any], Any]) -> Patches:
    """The right report on a document that it takes for another one."""
    right = reference.verified

    def verified(data: bytes, keyring: Keyring) -> bytes:
        try:
            value = read_json(data, max_depth=132)
        except PithmergeError:
            return right(data, keyring)
        return right(canonical_json(change(value), max_depth=132), keyring)

    return {(reference, "verified"): verified}


def _saying(change: Callable[[Report], Report]) -> Patches:
    """Another report than the right one."""
    right = reference.verified

    def verified(data: bytes, keyring: Keyring) -> bytes:
        return canonical_json(change(read_json(right(data, keyring))))

    return {(reference, "verified"): verified}


@animal("10.1", law="verification")
def trusts_the_keys_of_a_bundle() -> Patches:
    """The public keys that a bundle shows are trusted beside those of the keyring."""
    right = reference.verified

    def verified(data: bytes, keyring: Keyring) -> bytes:
        try:
            value = read_json(data, max_depth=132)
        except PithmergeError:
            return right(data, keyring)
        shown = value.get("public_keys") if isinstance(value, dict) else None
        keys = list(keyring.keys)
        for entry in shown if isinstance(shown, list) else ():
            text = entry.get("public_key_b64") if isinstance(entry, dict) else None
            public_key = from_base64(text, 32) if isinstance(text, str) else None
            known = {key.public_key for key in keys}
            if public_key is not None and public_key not in known:
                try:
                    keys.append(Key(public_key, entry["key_id"], "any", "pith_registry"))
                except (PithmergeError, KeyError, TypeError):
                    continue
        return right(data, Keyring(tuple(keys)))

    return {(reference, "verified"): verified}


@animal("10.8", law="verification")
def members_of_a_state_in_any_order() -> Patches:
    """A document is read into a map that sorts names: the order of a state's members is gone."""
    return _reading(lambda value: value)


@animal("10.7", law="verification")
def null_is_not_there() -> Patches:
    """A member of a document that is null is taken for one that is missing."""

    def change(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: value[name] for name in value if value[name] is not None}

    return _reading(change)


@animal("10.7", law="verification")
def silent_about_what_no_rule_knows() -> Patches:
    """What no rule knows, or says what it must be, has no row."""
    known = {"$", "$.current", "$.source_aliases", "$.current.source_aliases", "$.aliases"}

    def change(report: Report) -> Report:
        rows = [row for row in report["rows"] if row["rule"] != "10.5" or row["place"] in known]
        return {**report, "rows": rows}

    return _saying(change)


@animal("10.7", law="verification")
def what_is_consistent_is_ok() -> Patches:
    """Of a state, a record and a manifest in which nothing fails it says that they hold."""
    return _saying(
        lambda report: {**report, "verdict": "ok"} if report["verdict"] == "consistent" else report
    )


@animal("10.7", law=None)
def rows_by_utf16_unit() -> Patches:
    """Rows are sorted by the UTF-16 units of their places, as Java and JavaScript compare."""

    def change(report: Report) -> Report:
        rows = sorted(
            report["rows"], key=lambda row: (row["place"].encode("utf-16-be"), row["rule"])
        )
        return {**report, "rows": rows}

    return _saying(change)


@animal("10.7", law="verification")
def rows_by_number() -> Patches:
    """Rows of a list are sorted by the numbers of its items, not by these as texts."""

    def key(row: Any) -> tuple[str, str]:
        place = re.sub(r"\[([0-9]+)\]", lambda found: f"[{found[1]:>9}]", row["place"])
        return place, row["rule"]

    return _saying(lambda report: {**report, "rows": sorted(report["rows"], key=key)})


@animal("2.5", law=None)
def titles_in_small_letters_of_ascii() -> Patches:
    """Of a title the letters A to Z alone are written small before it is digested."""
    small = str.maketrans({chr(code): chr(code + 32) for code in range(65, 91)})

    def digested(title: str) -> str:
        return sha256_hex(" ".join(title.translate(small).split()).encode())

    return {(snapshots, "title_digest"): digested}
