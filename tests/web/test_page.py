"""The page in a real browser: what it says, what it takes, and what it does not let through."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pithmerge import Keyring, comparable_report
from pithmerge.canon import canonical_json
from pithmerge.web.page import check_page
from tests.support.browser import Opened, opened
from tests.support.paper import json_bytes
from tests.support.tampering import tamperings

FIXTURES = Path(__file__).parents[2] / "fixtures"
KEYS = FIXTURES / "synthetic" / "keyring.json"
FORK, PLAIN = (FIXTURES / "synthetic" / f"bundle-{name}.json" for name in ("fork", "plain"))
BUNDLE = FIXTURES / "published" / "bundle-X5HLR35ABEVRWIQTMZXKSPXDDP.json"
Open = Callable[..., Opened]


@pytest.fixture
def page(chromium: Any, tmp_path: Path) -> Iterator[Open]:
    pages = []

    def show(document: bytes | None = None, *, width: int = 1000, scheme: str = "light") -> Opened:
        file = tmp_path / "check.html"
        file.write_bytes(check_page(document, "brought.json"))
        pages.append(opened(chromium, file, width=width, scheme=scheme))
        return pages[-1]

    yield show
    for found in pages:
        found.page.context.close()


def given(found: Opened, *files: Path | tuple[str, bytes]) -> str:
    """What the page says once it was given files."""
    found.page.set_input_files(
        "#choose",
        [
            {"name": file.name, "mimeType": "", "buffer": file.read_bytes()}
            if isinstance(file, Path)
            else {"name": file[0], "mimeType": "", "buffer": file[1]}
            for file in files
        ],
    )
    return waited(found)


def waited(found: Opened) -> str:
    # Not by a function in the page: its policy lets none be made of a text.
    for _ in range(2_400):
        text: str = found.page.inner_text("#status")
        busy = found.page.locator("#results[aria-busy]").count()
        if text and not busy and not text.startswith("checking"):
            return text
        found.page.wait_for_timeout(50)
    raise AssertionError("the page did not come to an end")


def verdicts(found: Opened) -> list[str]:
    said: list[str] = found.page.eval_on_selector_all(
        "section[data-verdict]", "all => all.map(each => each.dataset.verdict)"
    )
    return said


def reported(found: Opened, documents: list[tuple[bytes, list[bytes]]]) -> list[str]:
    """What the page's worker reports (SPEC 10.7) of documents, each by its key files."""
    code = """async documents => {
        const bytes = text => Uint8Array.from(atob(text), each => each.charCodeAt(0));
        const source = document.getElementById("worker").textContent;
        const worker = new Worker(URL.createObjectURL(new Blob([source])));
        const found = [];
        for (const [text, keys] of documents) {
            worker.postMessage({
                task: "report",
                bytes: bytes(text),
                keys: keys.map(each => ({name: "x", bytes: bytes(each)})),
            });
            const {data} = await new Promise(resolve => { worker.onmessage = resolve; });
            found.push("failed" in data ? data.failed : data.result);
        }
        return found;
    }"""
    said: list[str] = found.page.evaluate(
        code, [[_base64(data), list(map(_base64, keys))] for data, keys in documents]
    )
    return said


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def of_the_command(data: bytes, keyring: Keyring) -> str:
    return canonical_json(comparable_report(data, keyring=keyring)).decode()


class TestVerdicts:
    def test_a_bundle_that_holds(self, page: Open) -> None:
        found = page()
        assert given(found, BUNDLE) == f"{BUNDLE.name} holds."
        assert verdicts(found) == ["ok"]
        assert found.complaints == []
        assert [url for url in found.asked_for if not url.startswith(("file:", "blob:"))] == []

    def test_the_document_that_it_brings_along(self, page: Open) -> None:
        found = page(BUNDLE.read_bytes())
        assert waited(found) == "brought.json holds."

    def test_a_changed_one(self, page: Open) -> None:
        found = page()
        changed = BUNDLE.read_bytes().replace(b'"cs.LG"', b'"cs.LO"')
        assert given(found, ("changed.json", changed)) == "changed.json does not hold."
        assert found.page.locator("[data-cause=content_changed]").count() == 1

    @pytest.mark.parametrize(
        "path", sorted((FIXTURES / "published").glob("*.json")), ids=lambda path: path.name
    )
    def test_a_published_document(self, page: Open, path: Path) -> None:
        said = given(found := page(), path)
        holds = "holds" if "bundle" in path.name else "holds together, and nothing signs most of it"
        assert said == f"{path.name} {holds}."
        report = comparable_report(path.read_bytes())
        for outcome in ("ok", "not checkable"):
            rows = sum(row["outcome"] == outcome for row in report["rows"])
            shown = found.page.inner_text(f"details[data-outcome='{outcome}'] summary")
            assert shown.startswith(f"{rows} rows: ")

    @pytest.mark.parametrize("folder", ["published", "synthetic"])
    def test_of_every_fixture_it_says_what_the_command_says(self, page: Open, folder: str) -> None:
        paths = sorted((FIXTURES / folder).glob("*.json"))
        keys = [KEYS.read_bytes()] if folder == "synthetic" else []
        keyring = Keyring.from_file(KEYS) if folder == "synthetic" else Keyring.default()
        said = reported(page(), [(each.read_bytes(), keys) for each in paths])
        for path, text in zip(paths, said, strict=True):
            assert text == of_the_command(path.read_bytes(), keyring), path.name

    def test_of_every_tampering_it_says_what_the_command_says(self, page: Open) -> None:
        keyring = Keyring.from_file(KEYS)
        published = [path.read_bytes() for path in sorted((FIXTURES / "published").glob("*.json"))]
        tampered = [
            (json_bytes(each.document), keys, trusted, each.where)
            for data, keys, trusted in [
                (PLAIN.read_bytes(), [KEYS.read_bytes()], keyring),
                *((data, [], Keyring.default()) for data in published),
            ]
            for each in list(tamperings(json.loads(data)))[::17]
        ]
        assert len(tampered) > 200
        said = reported(page(), [(data, keys) for data, keys, _, _ in tampered])
        for (data, _, trusted, where), text in zip(tampered, said, strict=True):
            assert text == of_the_command(data, trusted), where


PLAIN_VALUE: dict[str, Any] = json.loads(PLAIN.read_bytes())


def changed(document: Any, steps: tuple[str | int, ...], value: Any) -> bytes:
    """A document with another value at a place; ``...`` for none at all."""
    copied = json.loads(json_bytes(document))
    at = copied
    for step in steps[:-1]:
        at = at[step]
    if value is ...:
        del at[steps[-1]]
    else:
        at[steps[-1]] = value
    return json_bytes(copied)


def resigned_state(**members: Any) -> bytes:
    """A state with other members, and the digest of that."""
    state = {**PLAIN_VALUE["state"], **members}
    del state["state_sha256"]
    digest = hashlib.sha256(canonical_json(state)).hexdigest()
    return json_bytes({**state, "state_sha256": digest})


class TestDiagnosis:
    @pytest.mark.parametrize(
        ("data", "causes"),
        [
            (PLAIN.read_bytes()[:-20], ["cut_short"]),
            (b'{"a":}', []),
            (changed(PLAIN_VALUE, ("merge_version",), "v2"), ["another_merge_version"]),
            (changed(PLAIN_VALUE, ("events", 0, "payload", "x"), 7), ["content_changed"]),
            (
                changed(
                    PLAIN_VALUE,
                    ("events", 0, "signature", "signature_b64"),
                    PLAIN_VALUE["events"][1]["signature"]["signature_b64"],
                ),
                ["signature_damaged"],
            ),
            (changed(PLAIN_VALUE, ("short_pith_number",), "pith:AAAAAAAA"), ["altered_around"]),
            (changed(PLAIN_VALUE, ("canonical_sha256",), ...), ["cut_short"]),
            (resigned_state(equivocation_count=1), ["state_not_of_events"]),
            (changed(PLAIN_VALUE["state"], ("event_count",), 9), ["content_changed"]),
        ],
    )  # fmt: skip
    def test_what_fails_has_its_cause(self, page: Open, data: bytes, causes: list[str]) -> None:
        found = page()
        given(found, KEYS, ("document.json", data))
        assert self.causes(found)[: len(causes)] == causes
        if not causes:
            assert self.causes(found) == []

    def test_a_key_that_is_not_trusted(self, page: Open) -> None:
        found = page()
        given(found, PLAIN)
        assert self.causes(found)[0] == "key_unknown"
        assert "ask whom it names for its key" in found.page.inner_text("#results")

    def test_what_it_does_not_look_for_is_said(self, page: Open) -> None:
        found = page()
        given(found, ("changed.json", changed(PLAIN_VALUE, ("built_at",), 1.0)))
        assert "Whether a tool rewrote it" in found.page.inner_text("#results")

    def causes(self, found: Opened) -> list[str]:
        said: list[str] = found.page.eval_on_selector_all(
            "[data-cause]", "all => all.map(each => each.dataset.cause)"
        )
        return said


class TestTogether:
    def test_a_fork_of_two_documents_is_shown_as_one(self, page: Open) -> None:
        events = json.loads(FORK.read_bytes())["events"]
        one, two = (json_bytes([events[0], event]) for event in events[1:])
        found = page()
        said = given(found, KEYS, ("one.json", one), ("two.json", two))
        assert said == "2 documents: 2 ok; 1 equivocation among what was dropped."
        assert "fork by registry.example" in found.page.inner_text("#results")
        assert found.page.locator("svg.pith-graph").count() == 1
        assert found.page.locator("svg.pith-graph .conflict").count() == 2

    def test_what_was_dropped_is_forgotten(self, page: Open) -> None:
        found = page()
        given(found, BUNDLE)
        found.page.click("#forget")
        assert found.page.locator("section").count() == 0
        assert given(found, KEYS, PLAIN) == f"{PLAIN.name} holds."

    def test_files_are_dropped(self, page: Open) -> None:
        found = page()
        found.page.evaluate(
            """text => {
                const carried = new DataTransfer();
                carried.items.add(new File([text], "dropped.json"));
                document.body.dispatchEvent(new DragEvent(
                    "drop", {dataTransfer: carried, bubbles: true, cancelable: true}));
            }""",
            BUNDLE.read_text("utf-8"),
        )
        assert waited(found) == "dropped.json holds."


class TestHostile:
    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"{", "member name expected"),
            (b"\xff{}", "not UTF-8"),
            (b"\xef\xbb\xbf{}", "no JSON value"),
            (b'{"a":1,"a":2}', "repeated member name"),
            (b"[" + b"9" * 5000 + b"]", "integer with too many digits"),
            (b"[" * 100_000, "nested too deep"),
            (b'{"bundle_type":1,"state_type":1}', "it has both bundle_type and state_type"),
            (b"{}", "it names no type of document"),
            (b"", "no JSON value"),
        ],
        ids=lambda value: repr(value[:12]) if isinstance(value, bytes) else "",
    )
    def test_what_cannot_be_read_is_said(self, page: Open, data: bytes, words: str) -> None:
        found = page()
        assert given(found, ("bad.json", data)) == "bad.json cannot be read."
        assert words in found.page.inner_text("#results")
        assert found.complaints == []

    def test_texts_stay_texts(self, page: Open) -> None:
        hostile = '<img src=x onerror=alert(1)><script>alert(1)</script>\u202e"\u0000'
        event = {**json.loads(PLAIN.read_bytes())["events"][0], "target": hostile}
        event["signer"] = {**event["signer"], "signer_id": hostile}
        found = page()
        given(found, KEYS, ("<b>x</b>.json", json_bytes([event])))
        assert (
            found.page.locator("#results img, #results script, #results b:not(.bad)").count() == 0
        )
        text = found.page.inner_text("body") + found.page.inner_html("#results")
        assert "\u202e" not in text
        assert "\\u202e" in text
        assert found.complaints == []

    def test_a_hundred_thousand_events_do_not_freeze_it(self, page: Open, tmp_path: Path) -> None:
        event = {**json.loads(PLAIN.read_bytes())["events"][0], "payload": {}}
        event.update(event_type="mirror_hint", signature=None)
        many = tmp_path / "many.json"
        many.write_bytes(json_bytes([{**event, "target": f"t{index}"} for index in range(100_000)]))
        found = page()
        found.page.set_input_files("#choose", [many])
        # While the worker works, the page answers.
        assert found.page.evaluate("1 + 1") == 2
        assert waited(found) == "many.json does not hold."
        assert "99800 more events are not drawn" in found.page.inner_text("#results")
        assert "99000 more are not listed" in found.page.inner_html("#results")
        assert found.page.locator("svg.pith-graph .box").count() <= 200
        assert found.page.locator("details[data-outcome] tr").count() < 100

    def test_a_browser_without_ed25519_is_told_so(self, chromium: Any, tmp_path: Path) -> None:
        file = tmp_path / "check.html"
        file.write_bytes(check_page())
        found = opened(
            chromium,
            file,
            width=1000,
            scheme="light",
            before="""
                const Whole = Blob;
                Blob = function (parts, options) {
                    const lacking = "crypto.subtle.importKey = () => Promise.reject();";
                    return new Whole([lacking, ...parts], options);
                };
            """,
        )
        assert "has no Ed25519" in waited(found)
        assert found.page.is_disabled("#choose")
        found.page.context.close()


class TestLooks:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_axe_finds_nothing(self, page: Open, scheme: str) -> None:
        axe = pytest.importorskip(
            "axe_playwright_python.sync_playwright",
            reason="axe is not installed: make setup-browser",
        )
        found = page(scheme=scheme)
        given(found, KEYS, FORK, PLAIN, ("bad.json", b"{"))
        for details in found.page.locator("summary").all():
            details.click()
        assert axe.Axe().run(found.page).response["violations"] == []

    def test_it_fits_a_telephone(self, page: Open) -> None:
        found = page(width=360)
        given(found, KEYS, FORK)
        for details in found.page.locator("summary").all():
            details.click()
        assert found.page.evaluate("document.documentElement.scrollWidth") <= 360

    def test_it_is_used_by_keys_alone(self, page: Open) -> None:
        found = page()
        found.page.keyboard.press("Tab")
        assert found.page.evaluate("document.activeElement.id") == "choose"
        given(found, BUNDLE)
        found.page.focus("#choose")
        found.page.keyboard.press("Tab")
        assert found.page.evaluate("document.activeElement.id") == "forget"
        found.page.keyboard.press("Enter")
        assert found.page.locator("section").count() == 0
        assert found.page.evaluate("document.activeElement.id") == "choose"
