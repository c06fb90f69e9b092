"""What a caller gets wrong: refused with what to give, never half understood."""

import copy
import dataclasses
import io
import json
import pickle
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import pithmerge
from pithmerge import (
    V1,
    Document,
    DocumentError,
    DocumentKind,
    Key,
    Keyring,
    KeyringError,
    MergeError,
    Merger,
    Metadata,
    PithmergeError,
    Rules,
    as_of,
    canonical_record_of,
    comparable_report,
    diff,
    evidence,
    explain,
    graph,
    load_document,
    load_merger,
    merge,
    pith_number,
    save_merger,
    verify_document,
)
from pithmerge.building import (
    Signer,
    build_bundle,
    build_canonical_record,
    build_event,
    build_receipt,
    build_record_payload,
    number_of,
    public_key_entry,
    sign_bundle,
    sign_event,
)
from pithmerge.canon import canonical_json, digest, read_json
from pithmerge.fixtures import synthetic
from pithmerge.mirrors import merge_mirror, verify_mirror
from tests.core.test_rules import TOY
from tests.support.paper import BUNDLE_FILE, MANIFEST_FILE, STATE_FILE

BUNDLE = load_document(BUNDLE_FILE)
EVENTS = BUNDLE.events
STATE = merge(EVENTS)
KEY = Keyring.default().keys[0]
SIGNER = Signer(b"\x01" * 32, "demo-1", "registry.example")
REPORT = "report.ndjson"
Call = Callable[[], Any]


def build(**changes: Any) -> Any:
    """An event with some arguments that are wrong."""
    arguments = {
        "signer": SIGNER,
        "event_type": "correction",
        "pith_number": BUNDLE.pith_number,
        "target": "title",
        "payload": {},
        "created_at": "2026-06-01T00:00:00Z",
    }
    return build_event(**(arguments | changes))


def evidence_of_values(source: bytes | None = None) -> Any:
    """Evidence of a document that was not read from these bytes."""
    given = json.loads(synthetic("fork-at-null.json"))
    document = load_document(json.dumps(given["events"]).encode())
    keyring = Keyring.empty().with_entries(given["keys"])
    return evidence(dataclasses.replace(document, source=source), keyring)


def any_call(function: Any, *values: Any, **named: Any) -> Call:
    """A call that no type checker would let pass."""
    return lambda: function(*values, **named)


MISUSES: dict[str, dict[str, tuple[Call, str]]] = {
    "comparable_report": {
        "a value": (
            any_call(comparable_report, BUNDLE.value),
            "a Document, a path or bytes, not a",
        ),
        "nothing": (any_call(comparable_report, None), "not a NoneType"),
        "no keyring": (any_call(comparable_report, BUNDLE, keyring=None), "leave it out for"),
    },
    "verify_document": {
        "a value": (any_call(verify_document, BUNDLE.value), "a Document, a path or bytes, not a"),
        "a state": (any_call(verify_document, STATE), r"not a State: give its to_json\(\)$"),
        "a file": (any_call(verify_document, io.BytesIO()), "of an open file, give what it reads"),
        "several": (any_call(verify_document, [BUNDLE]), "not a list: give one at a time$"),
        "nothing": (any_call(verify_document, None), "not a NoneType"),
        "no keyring": (any_call(verify_document, BUNDLE, keyring=None), "leave it out for"),
        "a list": (
            any_call(verify_document, BUNDLE, keyring=[KEY]),
            r"^keyring must be a Keyring, not a list: of keys or entries, give Keyring\(keys\) or ",
        ),
        "a key": (any_call(verify_document, BUNDLE, keyring=KEY), r"give Keyring\(keys\) or "),
        "a key file": (
            any_call(verify_document, BUNDLE, keyring="key.json"),
            r"give Keyring.from_file\(path\)$",
        ),
    },
    "evidence": {
        "a value": (any_call(evidence, BUNDLE.value), "evidence takes a Document, a path or bytes"),
        "values": (any_call(evidence, [BUNDLE.value]), "not a dict: of a parsed value, give its"),
        "nothing": (any_call(evidence, None), "not a NoneType"),
        "a list": (any_call(evidence, BUNDLE, [KEY]), "^keyring must be a Keyring, not a list"),
        "a manifest": (any_call(evidence, MANIFEST_FILE), "holds no events: give a bundle"),
        "no number": (any_call(evidence, BUNDLE, pith_number="pith:X"), "is no Pith Number"),
        "a number": (any_call(evidence, BUNDLE, pith_number=5), "^5 is no Pith Number"),
        "what has no bytes": (
            any_call(evidence_of_values),
            "the bytes that it was read from are gone.*documents are made by load_document$",
        ),
        "what has no JSON for bytes": (
            any_call(evidence_of_values, b"x"),
            "its bytes do not say what the document says",
        ),
        "what has other bytes": (
            any_call(evidence_of_values, b"[{}]"),
            r"its bytes do not say what the document says: documents are made by load_document$",
        ),
    },
    "load_document": {
        "a value": (any_call(load_document, BUNDLE.value), "takes a path or bytes, not a dict"),
        "nothing": (any_call(load_document, None), "not a NoneType"),
        "a file": (any_call(load_document, io.BytesIO()), "not a BytesIO: of an open file"),
        "a number": (any_call(load_document, 0), "not a int"),
        "paths": (any_call(load_document, [BUNDLE_FILE]), "not a list"),
        "text": (any_call(load_document, "{}"), r"JSON text is no path: give its bytes"),
        "a folder": (any_call(load_document, str(BUNDLE_FILE.parent)), "check the path"),
        "a limit": (any_call(load_document, b"[]", max_bytes="1 MB"), "give a number of bytes"),
        "no limit": (any_call(load_document, b"[]", max_bytes=None), "give a number of bytes"),
    },
    "merge": {
        "a document": (any_call(merge, BUNDLE), r"of a document, give load_document\(…\).events"),
        "documents": (
            any_call(merge, [BUNDLE]),
            "event 0: a Document is no event: give its events",
        ),
        "paths": (any_call(merge, [BUNDLE_FILE]), r"is no event: of a file, give load_document\("),
        "a state": (any_call(merge, [STATE]), "a State is no event: give parsed JSON, or bytes"),
        "kept events": (any_call(merge, STATE.applied_events), "an? Event is no event: give"),
        "an object": (any_call(merge, [object()]), "no canonical JSON form"),
        "a word for a truth": (any_call(merge, EVENTS, verify_signatures="no"), "True or False"),
        "nothing for a truth": (any_call(merge, EVENTS, verify_signatures=None), "not a NoneType"),
        "a name for rules": (any_call(merge, EVENTS, rules="v1"), "must be Rules, not a str"),
        "keys": (any_call(merge, EVENTS, keyring=[KEY]), "must be a Keyring, not a list"),
        "aliases": (any_call(merge, EVENTS, source_aliases=BUNDLE), "a list of aliases, not a Doc"),
        "a number": (any_call(merge, EVENTS, pith_number=BUNDLE), "Document is no Pith Number"),
    },
    "Merger": {
        "a document": (any_call(Merger().add, BUNDLE), "of a document, give"),
        "a union of numbers": (any_call(Merger.union, [1]), "of Mergers, not of a int"),
        "a union of nothing": (any_call(Merger.union, None), "not of a NoneType"),
        "a union of others": (any_call(Merger.union, [Merger(), "m"]), "not of a str"),
        "an empty union": (any_call(Merger.union, []), "give at least one"),
        "a keyring": (any_call(Merger, keyring="key.json"), "Keyring.from_file"),
        "a pickle": (any_call(pickle.dumps, Merger()), "keep it with save_merger"),
    },
    "save_merger": {
        "a state": (any_call(save_merger, STATE, "x"), "a Merger, not a State"),
        "no path": (any_call(save_merger, Merger(), 5), "by its path, not as a int$"),
    },
    "load_merger": {
        "no path": (any_call(load_merger, 5), "by its path, not as a int$"),
        "keys": (any_call(load_merger, "x", keyring=[KEY]), "must be a Keyring"),
    },
    "Document": {
        "a value": (any_call(Document, DocumentKind.BUNDLE, BUNDLE.value, "x"), "by load_document"),
        "a name": (any_call(Document, DocumentKind.BUNDLE, BUNDLE.json, 5), "text, not a int"),
    },
    "Key": {
        "base64": (any_call(Key, "A" * 44, "k", "s", "t"), "decode the base64 or hex first"),
        "names": (any_call(Key, KEY.public_key, "", "s", "t"), "must be a string, not empty"),
        "dates": (any_call(Key, KEY.public_key, "k", "s", "t", 5), "or leave it out"),
    },
    "Keyring": {
        "a number": (any_call(Keyring, 5), "a keyring is made of Keys, not of a int"),
        "a path": (any_call(Keyring, "key.json"), r"or a file to Keyring.from_file"),
        "entries": (
            any_call(Keyring, [KEY.to_entry()]),
            r"give entries to Keyring.empty\(\).with_",
        ),
        "no entries": (any_call(Keyring.empty().with_entries, "key.json"), "an object"),
        "bytes": (any_call(Keyring.from_file, b"{}"), r"by its path, not as a bytes"),
        "an entry": (any_call(Keyring.from_file, KEY.to_entry()), r"of entries, use with_entries"),
    },
    "Rules": {
        "words": (any_call(Rules, "v2", "1.0", "types", ()), "start from V1"),
        "a row": (any_call(V1.with_row, "malformed"), "a tuple of Rows: start from V1"),
        "a place": (any_call(V1.with_row, V1.rows[0], before="x"), "name one of malformed_event"),
        "a type": (any_call(V1.with_event_type, "retraction"), "a tuple of EventTypeRules"),
    },
    "diff": {
        "a value": (
            any_call(diff, BUNDLE.value, BUNDLE),
            "a Document, a path or bytes, not a dict",
        ),
        "a state": (any_call(diff, BUNDLE, STATE), r"not a State: give its to_json\(\)$"),
        "numbers": (any_call(diff, [1], BUNDLE), "not a int"),
        "keys": (any_call(diff, BUNDLE, BUNDLE, keyring=[KEY]), "must be a Keyring, not a list"),
        "two papers": (any_call(diff, BUNDLE, STATE_FILE), "give documents of one$"),
    },
    "as_of": {
        "a day": (any_call(as_of, EVENTS, "2026-06-01"), "write it as YYYY-MM-DDTHH:MM:SSZ"),
        "a time": (any_call(as_of, EVENTS, datetime(2026, 6, 1)), "a datetime is no instant: wri"),
        "a document": (any_call(as_of, BUNDLE, "2026-06-01T00:00:00Z"), "of a document, give"),
    },
    "explain": {
        "a value": (any_call(explain, 1), "give "),
        "a parsed document": (any_call(explain, {"events": []}), "give "),
        "keys": (any_call(explain, BUNDLE, keyring=[KEY]), "must be a Keyring"),
        "no file": (any_call(explain, "nowhere.json"), "cannot be read"),
    },
    "graph": {
        "a value": (any_call(graph, 1), "give "),
        "keys": (any_call(graph, BUNDLE, keyring=[KEY]), "must be a Keyring"),
        "no file": (any_call(graph, "nowhere.json"), "cannot be read"),
    },
    "mirrors.verify_mirror": {
        "a folder": (any_call(verify_mirror, "mirror"), "not a str: put a single one into a list$"),
        "a path": (any_call(verify_mirror, BUNDLE_FILE, REPORT), "put a single one into a list$"),
        "nothing": (any_call(verify_mirror, None, REPORT), "sources must be a list of paths, pat"),
        "documents": (any_call(verify_mirror, [BUNDLE], REPORT), r"sources\[0\] is a Document: "),
        "a document": (any_call(verify_mirror, BUNDLE, REPORT), "not a Document$"),
        "no report": (any_call(verify_mirror, [BUNDLE_FILE]), "give one, such as report.ndjson$"),
        "a state": (any_call(verify_mirror, [BUNDLE_FILE], STATE), "give one, such as report.nd"),
        "keys": (any_call(verify_mirror, [], REPORT, keyring=[KEY]), "must be a Keyring"),
        "a pattern": (any_call(verify_mirror, [], REPORT, exclude="*.bak"), "put it into a list$"),
        "a limit": (any_call(verify_mirror, [], REPORT, max_bytes="1 MB"), "a number of bytes"),
        "a window": (any_call(verify_mirror, [], REPORT, max_window=0), "max_window is a number"),
    },
    "mirrors.merge_mirror": {
        "a folder": (any_call(merge_mirror, "mirror"), "put a single one into a list$"),
        "no output": (any_call(merge_mirror, [BUNDLE_FILE]), "give one, such as output.ndjson$"),
        "keys": (any_call(merge_mirror, [], "out", keyring=KEY), "must be a Keyring"),
        "a report": (any_call(merge_mirror, [], "out", report=5), "such as report.ndjson$"),
        "a limit": (any_call(merge_mirror, [], "out", max_graph_bytes=True), "a number of bytes"),
    },
    "building.build_event": {
        "a key": (
            any_call(build, signer=KEY),
            "signer must be a Signer, pithmerge.building.Signer",
        ),
        "a list": (
            any_call(build, payload=[]),
            r"payload must be an object \(a dict\), not a list$",
        ),
        "one id": (
            any_call(build, supersedes="sha256:00"),
            "supersedes must be a list, not a str$",
        ),
    },
    "building.Signer": {
        "hex": (lambda: Signer("00" * 32, "k", "s").key, "its seed of 32 raw bytes"),  # type: ignore[arg-type]
    },
    "building": {
        "no event": (any_call(sign_event, [], SIGNER, signed_at="x"), "content must be an object"),
        "no digest": (
            any_call(build_receipt, "x", SIGNER, signed_at="x"),
            r"give pithmerge.canon.d",
        ),
        "no record": (any_call(build_record_payload, {}, SIGNER, signed_at="x"), "no source with"),
        "an empty record": (any_call(number_of, {}), "no metadata.submitted_at"),
        "a listed record": (any_call(number_of, []), "canonical_record must be an object"),
        "one category": (
            any_call(
                build_canonical_record,
                **dict.fromkeys(("arxiv_id", "version", "submitted_at", "primary_cat"), ""),
                **dict.fromkeys(("title_canon_sha256", "abstract_canon_sha256"), ""),
                cross_cats="math.FA",
            ),
            "a list of categories, not a str",
        ),
        "a document": (
            any_call(build_bundle, BUNDLE, SIGNER, built_at="x", keyring=Keyring.default()),
            "of a document, give",
        ),
        "a key": (any_call(build_bundle, [], KEY, built_at="x", keyring=None), "must be a Signer"),
        "no bundle": (any_call(sign_bundle, [], SIGNER, signed_at="x"), "bundle must be an object"),
        "a signer": (any_call(public_key_entry, SIGNER), "key must be a Key, signer.key, not a"),
    },
    "canonical_record_of": {
        "text": (
            any_call(canonical_record_of, "{}"),
            r"no object: of JSON, give json.loads\(text\)$",
        ),
        "null": (any_call(canonical_record_of, None), "no object: "),
        "several": (any_call(canonical_record_of, [{}]), "no object: give one paper at a time$"),
        "nothing": (any_call(canonical_record_of, {}), "^id is missing: give the metadata as "),
    },
    "pith_number": {
        "bytes": (any_call(pith_number, b"{}"), r"no object: of JSON, give json.loads\(text\)$"),
        "a record": (
            any_call(pith_number, {"source": {}}),
            "^id is missing: give the metadata as ",
        ),
    },
    "Metadata": {
        "a list": (
            any_call(Metadata, "0704.0001", "", "", ["hep-th"], None, ()),
            r"^categories is \[\"hep-th\"\], which is no tuple: give tuple\(categories\)$",
        ),
        "no version": (any_call(Metadata, "0704.0001", "", "", ("a",), None, ()), "lacks v1"),
    },
    "canon": {
        "text": (any_call(read_json, "{}"), r"not from a str: of text, give text.encode\(\)$"),
        "a path": (any_call(read_json, BUNDLE_FILE), r"of a file, give its read_bytes\(\)$"),
        "a value": (any_call(read_json, {}), "not from a dict: give its bytes$"),
        "a set": (any_call(canonical_json, {1}), "a Python set at . has no canonical JSON form"),
        "bytes": (any_call(digest, b"{}"), "a Python bytes at . has no canonical JSON form"),
    },
}
"""What callers get wrong, by the public name that they call."""

GIVEN = {
    *("MERGE_VERSION", "V1", "__version__"),
    *(
        "CauseCode",
        "DocumentKind",
        "DocumentVerdict",
        "EquivocationKind",
        "EventType",
        "Outcome",
        "Reason",
    ),
}
"""Public names that nothing is given to: constants, and words."""
RESULTS = {
    "Cause",
    "Check",
    "Difference",
    "Equivocation",
    "Event",
    "EventDict",
    "EventGraph",
    "Explanation",
    "InvalidEvent",
    "Metadata",
    "Report",
    "SignerDict",
    "State",
    "Evidence",
}
"""Public names of what functions give, which no caller makes."""


@pytest.mark.parametrize(
    ("name", "how"), [(name, how) for name, misuses in MISUSES.items() for how in misuses]
)
def test_a_misuse_is_refused_with_what_to_do(name: str, how: str) -> None:
    call, message = MISUSES[name][how]
    with pytest.raises(PithmergeError, match=message) as raised:
        call()
    assert "\n" not in str(raised.value)


def test_every_public_name_that_takes_something_is_tried() -> None:
    errors = {name for name in pithmerge.__all__ if name.endswith("Error")}
    assert set(pithmerge.__all__) - errors - GIVEN - RESULTS <= set(MISUSES)


def test_what_could_not_be_misunderstood_is_taken(tmp_path: Path) -> None:
    report = verify_document(BUNDLE)
    data = BUNDLE_FILE.read_bytes()
    for given in (BUNDLE_FILE, str(BUNDLE_FILE), data, bytearray(data), memoryview(data)):
        assert verify_document(given).checks == report.checks
    assert read_json(bytearray(data)) == read_json(memoryview(data)) == BUNDLE.value
    assert any_call(Keyring, KEY)() == Keyring((KEY,)) == Keyring.default()
    summary = verify_mirror([BUNDLE_FILE], str(tmp_path / REPORT))
    assert summary.to_dict()["total"]["verdicts"]["ok"] == 1
    merged = merge_mirror([BUNDLE_FILE], tmp_path / "states.ndjson")
    assert merged.to_dict()["documents"] == 1
    assert (tmp_path / "states.ndjson").read_bytes().count(b"\n") == 1


def test_a_document_is_loaded_from_any_bytes_and_any_path() -> None:
    data = BUNDLE_FILE.read_bytes()
    for source in (data, bytearray(data), memoryview(data), BUNDLE_FILE, str(BUNDLE_FILE)):
        assert load_document(source).value == BUNDLE.value


@pytest.mark.parametrize("kind", DocumentKind)
@pytest.mark.parametrize("path", [BUNDLE_FILE, STATE_FILE, MANIFEST_FILE, None])
def test_a_document_is_of_its_own_kind(path: Path | None, kind: DocumentKind) -> None:
    """The checks of another kind would pass over what it says."""
    document = load_document(json.dumps(EVENTS).encode() if path is None else path)
    if kind is document.kind:
        assert Document(kind, document.json, "x") == dataclasses.replace(document, name="x")
        return
    with pytest.raises(DocumentError, match=f"x: it is no {kind}: documents are made by"):
        Document(kind, document.json, "x")
    with pytest.raises(DocumentError, match="documents are made by load_document"):
        dataclasses.replace(document, kind=kind)


def test_a_document_is_made_of_what_canon_has_read() -> None:
    with pytest.raises(DocumentError, match="documents are made by load_document"):
        dataclasses.replace(BUNDLE, json=BUNDLE.value)


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
}


@pytest.mark.parametrize("how", COPIES)
def test_values_can_be_copied(how: str) -> None:
    state = merge(EVENTS)
    for lazy in ("", "to_json"):
        if lazy:
            state.to_json()
        again = COPIES[how](state)
        assert (again, again.to_json()) == (state, state.to_json())
    for value in (Keyring.default(), verify_document(BUNDLE), BUNDLE, state.applied_events[0]):
        assert COPIES[how](value) == value
    assert COPIES[how](V1) is V1
    assert COPIES[how](TOY) == TOY != V1
    assert merge(EVENTS, rules=COPIES[how](TOY)).to_json() == merge(EVENTS, rules=TOY).to_json()


@pytest.mark.parametrize("how", ["copy", "deepcopy"])
def test_a_copied_merger_learns_by_itself(how: str) -> None:
    first = Merger(BUNDLE.pith_number, source_aliases=BUNDLE.source_aliases)
    first.add(EVENTS[:1])
    second = COPIES[how](first)
    assert second.state() == first.state()
    second.add(EVENTS)
    first.add([{}])
    assert second.state() == merge(EVENTS, source_aliases=BUNDLE.source_aliases)
    assert first.state() == merge(
        [EVENTS[0], {}], pith_number=BUNDLE.pith_number, source_aliases=BUNDLE.source_aliases
    )
    unnamed = Merger()
    unnamed.add(EVENTS)
    assert COPIES[how](unnamed).pith_number == BUNDLE.pith_number


def test_what_is_refused_is_of_the_kind_that_the_documentation_names(tmp_path: Path) -> None:
    with pytest.raises(DocumentError):
        verify_document(1)  # type: ignore[arg-type]
    with pytest.raises(KeyringError):
        verify_document(BUNDLE, keyring=[])  # type: ignore[arg-type]
    with pytest.raises(MergeError):
        save_merger(BUNDLE, tmp_path / "x")  # type: ignore[arg-type]
    with pytest.raises(DocumentError):
        load_merger(BUNDLE_FILE)
    assert not list(tmp_path.iterdir())
