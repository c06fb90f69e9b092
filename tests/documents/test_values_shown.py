"""How values look to who prints them, opens them in a notebook, or writes them as JSON."""

import json
import re
from base64 import b64decode
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from pithmerge import (
    Document,
    Keyring,
    Merger,
    Outcome,
    Report,
    State,
    load_document,
    merge,
    verify_document,
)
from pithmerge.answers.drawing import graph
from pithmerge.building import Signer
from pithmerge.canon import compact_json
from pithmerge.verification import unreadable_report
from tests.support.paper import (
    AUTHOR,
    BUNDLE_FILE,
    KEYRING,
    NUMBER,
    event,
    graph_snapshot,
    json_bytes,
    record_created,
)

HOSTILE = "\x1b[31m\u202e\n<script>alert(1)</script>&\"'" + "x" * 5000
MARKUP = {"div", "p", "b", "table", "tr", "th", "td"}
FORKS = 40
EVENTS = [
    record_created(),
    *(
        graph_snapshot(f"2026-06-{1 + n % 28:02}T{n // 28:02}:00:00Z", sections={"n": n})
        for n in range(FORKS)
    ),
    event(payload={"a": [1]}),
]


def hostile_state() -> State:
    """A state in which every text that a signer chooses is hostile."""
    signer = Signer(AUTHOR.seed, HOSTILE, HOSTILE, HOSTILE)
    keyring = KEYRING.with_entries(signer.key.to_entry())
    said = [
        event("graph_snapshot", signer, payload={"graph_snapshot": {"n": n}, HOSTILE: HOSTILE})
        for n in (1, 2)
    ]
    return merge([*said, {**event(), HOSTILE: HOSTILE}], keyring=keyring)


def hostile_document() -> Document:
    value = {"bundle_type": "pith_open_graph_bundle", "pith_number": HOSTILE, "events": []}
    return load_document(json_bytes({**value, HOSTILE: HOSTILE}))


def hostile_report() -> Report:
    report = verify_document(hostile_document())
    assert report.count(Outcome.FAILED) > 5
    return report


class _Tags(HTMLParser):
    """Every tag and every attribute of a page, and whether each element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert attrs == []
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page(html: str) -> _Tags:
    tags = _Tags()
    tags.feed(html)
    tags.close()
    assert tags.open == []
    assert tags.tags <= MARKUP
    assert "\x1b" not in html
    assert "\u202e" not in html
    return tags


STATE = merge(EVENTS, keyring=KEYRING)
VALUES: list[Any] = [
    STATE,
    hostile_state(),
    *hostile_state().applied_events,
    *hostile_state().equivocations,
    *hostile_state().invalid_events,
    *STATE.applied_events,
    *STATE.equivocations,
    hostile_report(),
    *hostile_report().checks,
    unreadable_report(HOSTILE, HOSTILE),
    hostile_document(),
    load_document(BUNDLE_FILE),
    Document(hostile_document().kind, hostile_document().json, HOSTILE),
    Keyring.empty(),
    Keyring([Signer(bytes([n]) * 32, HOSTILE, HOSTILE, HOSTILE).key for n in range(50)]),  # type: ignore[arg-type]
    Signer(b"\x01" * 32, HOSTILE, HOSTILE, HOSTILE).key,
    Merger(),
    Merger(NUMBER, keyring=KEYRING, verify_signatures=False),
    Merger(NUMBER) | Merger(NUMBER),
]


@pytest.mark.parametrize("index", range(len(VALUES)))
def test_a_repr_is_one_short_line_whatever_it_is_of(index: int) -> None:
    shown = repr(VALUES[index])
    assert len(shown) < 600
    assert shown.isprintable()
    assert type(VALUES[index]).__name__ in shown


def test_a_repr_says_what_a_person_looks_for() -> None:
    assert repr(STATE) == f"<State {NUMBER}: 42 applied, 1 equivocation>"
    assert repr(merge([record_created(), {}], keyring=KEYRING, verify_signatures=False)) == (
        f"<State {NUMBER}: 1 applied, 1 rejected, signatures not checked>"
    )
    (equivocation,) = STATE.equivocations
    assert repr(equivocation) == (
        '<Equivocation fork: 40 graph_snapshot of "paper" by "registry.example" at the beginning '
        "of a chain>"
    )
    said = merge([event()], keyring=KEYRING).applied_events[0]
    assert repr(said) == (
        f'<Event {event()["event_id"][:19]}…: correction of "paper" by "author.example", '
        f"{event()['created_at']}>"
    )
    assert repr(Keyring.default()) == "<Keyring of 1: pith-v1-2026-05>"
    assert repr(Keyring.empty()) == "<Keyring of none>"
    (key,) = Keyring.default().keys
    assert repr(key) == (
        f"<Key {key.fingerprint}: pith.science (pith_registry), key_id pith-v1-2026-05>"
    )
    bundle = load_document(BUNDLE_FILE)
    assert repr(bundle) == f"<Document bundle {bundle.pith_number}: {BUNDLE_FILE}>"
    report = verify_document(bundle)
    assert repr(report) == f"<Report OK: {BUNDLE_FILE}: 58 ok, 36 not checkable>"
    merger = Merger(keyring=KEYRING)
    assert repr(merger) == "<Merger of no Pith Number yet: 0 events>"
    merger.add(EVENTS)
    assert repr(merger) == f"<Merger {NUMBER}: 42 events>"
    assert repr(merger | merger) == f"<Merger {NUMBER}: a union>"


def test_a_merger_that_is_shown_has_done_nothing() -> None:
    merger = Merger.union([Merger(NUMBER), Merger(NUMBER)])
    repr(merger)
    assert merger._parts


def test_a_report_is_true_if_it_is_ok() -> None:
    assert verify_document(BUNDLE_FILE)
    assert not hostile_report()
    assert not unreadable_report("x", "x")


def test_every_value_has_its_json() -> None:
    (equivocation,) = STATE.equivocations
    assert equivocation.to_dict() == STATE.to_dict()["equivocations"][0]
    state = merge([record_created(), {}], keyring=KEYRING)
    assert [each.to_dict() for each in state.invalid_events] == state.to_dict()["invalid_events"]
    for value in VALUES:
        if not isinstance(value, Merger):
            assert json.loads(compact_json(value.to_dict(), max_depth=200)) is not None
    key = Keyring.default().keys[0]
    assert key.to_dict() == key.to_entry()
    assert Keyring.default().to_dict() == {"keys": [key.to_entry()]}


def test_an_event_says_what_was_signed() -> None:
    given = graph_snapshot(sections={"n": 1e-7}, prev_event=record_created()["event_id"])
    said = merge([record_created(), given], keyring=KEYRING).applied_events[1]
    value = said.to_dict()
    for name, member in value.items():
        assert given[name] == member, name
    assert set(given) - set(value) == {
        *("subject_pith_number", "schema_version", "content_sha256", "signature"),
    }
    assert (said.payload, said.signer) == (given["payload"], given["signer"])
    said.payload.clear()
    assert said.payload == given["payload"]


def test_the_deepest_event_that_can_be_merged_has_its_json() -> None:
    payload: dict[str, Any] = {}
    for _ in range(126):
        payload = {"a": payload}
    (said,) = merge([event(payload=payload)], keyring=KEYRING).applied_events
    assert said.to_dict()["payload"] == payload


def test_a_document_has_its_json() -> None:
    document = load_document(BUNDLE_FILE)
    value = document.to_dict()
    assert value == {
        "document": str(BUNDLE_FILE),
        "kind": "bundle",
        "pith_number": document.pith_number,
        "value": document.value,
    }
    value["value"].clear()
    assert document.value
    assert load_document(b"[]").to_dict()["value"] == []


@pytest.mark.parametrize("index", range(len(VALUES)))
def test_what_a_notebook_shows_holds_no_markup_of_others(index: int) -> None:
    if not hasattr(VALUES[index], "_repr_html_"):
        return
    html = VALUES[index]._repr_html_()
    page(html)
    assert len(html) < 60_000


def test_a_notebook_shows_a_graph_as_an_image(monkeypatch: pytest.MonkeyPatch) -> None:
    for state in (STATE, hostile_state()):
        html = graph(state)._repr_html_()
        image = re.fullmatch(
            r'<img alt="[^"<>]*" src="data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)">', html
        )
        assert image is not None
        assert b64decode(image[1]).decode() == graph(state).to_svg()
    module = import_module("pithmerge.answers.drawing.event_graph")
    monkeypatch.setattr(module, "MOST_BOXES", 1)
    text = page(graph(STATE)._repr_html_()).text
    assert "lines are more than a picture can show" in text


def test_a_notebook_shows_what_counts() -> None:
    text = page(STATE._repr_html_()).text
    assert f"{NUMBER}: 42 applied, 1 equivocation" in text
    assert text.count("registry.example") == 19 + 1
    assert "and 22 more" in text
    assert "fork" in text
    assert "rejected" not in text
    assert "author_attestation" not in page(merge([], pith_number=NUMBER)._repr_html_()).tags
    hostile = page(hostile_state()._repr_html_()).text
    assert "<script>alert(1)</script>" in hostile
    report = page(hostile_report()._repr_html_()).text
    assert report.startswith("FAILED: document: ")
    assert "$.canonical_record" in report
    assert page(verify_document(Path(BUNDLE_FILE))._repr_html_()).tags == {"div", "p", "b"}
