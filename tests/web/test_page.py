"""The page in a real browser: what it says, what it takes, and what it does not let through."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pithmerge import DocumentError, Keyring, Outcome, verify_document
from pithmerge.web.page import check_page
from tests.support.browser import Opened, opened
from tests.support.paper import json_bytes
from tests.support.tampering import tamperings

FIXTURES = Path(__file__).parents[2] / "fixtures"
KEYS = FIXTURES / "synthetic" / "keyring.json"
FORK, PLAIN = (FIXTURES / "synthetic" / f"bundle-{name}.json" for name in ("fork", "plain"))
BUNDLE = FIXTURES / "published" / "bundle-X5HLR35ABEVRWIQTMZXKSPXDDP.json"
NOT_LOOKED_AT = (
    "graph_snapshot",
    "source",
    "public_keys",
    "short_pith_number",
    "receipt",
    "state.",
)
"""Parts of the places of a bundle that the command looks at, and the page does not."""

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


def checked(found: Opened, documents: list[bytes], keys: list[bytes]) -> list[dict[str, Any]]:
    """The worker's reports on documents, each by itself."""
    code = """async ({documents, keys}) => {
        const bytes = text => Uint8Array.from(atob(text), each => each.charCodeAt(0));
        const file = text => ({name: "x", bytes: bytes(text)});
        const source = document.getElementById("worker").textContent;
        const worker = new Worker(URL.createObjectURL(new Blob([source])));
        const found = [];
        for (const text of documents) {
            worker.postMessage({task: "check", documents: [file(text)], keys: keys.map(file)});
            const {data} = await new Promise(resolve => { worker.onmessage = resolve; });
            found.push(data.failed ? {crash: data.failed} : data.result.documents[0]);
        }
        return found;
    }"""
    encoded = [[base64.b64encode(each).decode() for each in part] for part in (documents, keys)]
    said: list[dict[str, Any]] = found.page.evaluate(
        code, {"documents": encoded[0], "keys": encoded[1]}
    )
    return said


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
        assert "something in it was changed" in found.page.inner_text("#results")

    @pytest.mark.parametrize("folder", ["published", "synthetic"])
    def test_of_every_fixture_it_says_what_the_command_says(self, page: Open, folder: str) -> None:
        paths = sorted((FIXTURES / folder).glob("*.json"))
        synthetic = folder == "synthetic"
        keyring = Keyring.from_file(KEYS) if synthetic else Keyring.default()
        reports = checked(
            page(), [each.read_bytes() for each in paths], [KEYS.read_bytes()] if synthetic else []
        )
        compared = 0
        for path, said in zip(paths, reports, strict=True):
            assert "crash" not in said, said
            try:
                verdict = str(verify_document(path, keyring=keyring).verdict)
            except DocumentError:
                verdict = "unreadable"
            if said["kind"] in ("record", "manifest"):
                assert said["verdict"] == "unsupported"
            else:
                assert said["verdict"] == verdict, path.name
                compared += 1
        assert compared >= (2 if folder == "published" else 40)

    def test_what_it_lets_pass_fails_for_what_it_does_not_look_at_alone(self, page: Open) -> None:
        keyring = Keyring.from_file(KEYS)
        tampered = list(tamperings(json.loads(PLAIN.read_bytes())))[::7]
        reports = checked(
            page(), [json_bytes(each.document) for each in tampered], [KEYS.read_bytes()]
        )
        passed = 0
        for each, said in zip(tampered, reports, strict=True):
            assert "crash" not in said, (each.where, said)
            try:
                report = verify_document(json_bytes(each.document), keyring=keyring)
            except DocumentError:
                # What the command takes for no document may still be a list here, of no events.
                assert said["verdict"] != "ok", each.where
                continue
            failed = [row.what for row in report.with_outcome(Outcome.FAILED)]
            if said["verdict"] == "ok":
                passed += 1
                assert all(any(part in row for part in NOT_LOOKED_AT) for row in failed), (
                    each.where,
                    failed,
                )
            elif said["verdict"] == "failed":
                assert failed, each.where
        assert passed < len(tampered) / 20


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
            (b"{", "cannot be read as JSON"),
            (b"\xff{}", "not UTF-8"),
            (b"\xef\xbb\xbf{}", "cannot be read as JSON"),
            (b'{"a":1,"a":2}', "cannot be read as JSON"),
            (b"[" + b"9" * 5000 + b"]", "cannot be read as JSON"),
            (b"[" * 100_000, "cannot be read as JSON"),
            (b'{"bundle_type":1,"state_type":1}', "two types of document"),
            (b"{}", "no type of document"),
            (b"", "cannot be read as JSON"),
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

    def test_thousands_of_events_do_not_freeze_it(self, page: Open) -> None:
        event = json.loads(PLAIN.read_bytes())["events"][0]
        many = [{**event, "target": f"t{index}"} for index in range(5_000)]
        found = page()
        given(found, KEYS, ("many.json", json_bytes(many)))
        assert "4800 more events are not drawn" in found.page.inner_text("#results")
        assert "4000 more are not listed" in found.page.inner_html("#results")
        assert found.page.locator("svg.pith-graph .box").count() <= 200

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
