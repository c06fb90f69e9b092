"""*Check this yourself* in a report of ``verify --html``, in a real browser."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pithmerge import Keyring, comparable_report
from pithmerge.web import again
from pithmerge.web.again import Again
from tests.drawing.test_pages import FORK, KEYS, TOO_WIDE, hostile, parsed, tampered
from tests.support.browser import Opened, opened
from tests.support.cli_helpers import pithmerge
from tests.support.paper import BUNDLE_FILE, MANIFEST_FILE, PUBLISHED, RECORD_FILE, STATE_FILE

SYNTHETIC = PUBLISHED.parent / "synthetic"
KEYRING = Keyring.default().with_file(SYNTHETIC / "keyring.json")
UNREADABLE = {
    "ends the element.json": b'{"a":"</script><script>document.title=1</script><!--"',
    "separators.json": '"\u2028\u2029'.encode(),
    "lone bytes.json": b"\xff\xfe\x80<\x00>",
    "nothing.json": b"",
}
"""What is no document, and would end what it stands in if it stood there as it is."""

Open = Callable[..., Opened]


@pytest.fixture
def report(chromium: Any, tmp_path: Path) -> Iterator[Open]:
    shown = []

    def show(
        *given: Path,
        edited: Callable[[str], str] = str,
        width: int = 1000,
        scheme: str = "light",
        before: str = "",
    ) -> Opened:
        file = tmp_path / "report.html"
        assert pithmerge("verify", *KEYS, *given, "--html", file).code in (0, 1, 3)
        file.write_text(edited(file.read_text("utf-8")), "utf-8")
        shown.append(opened(chromium, file, width=width, scheme=scheme, before=before))
        return shown[-1]

    yield show
    for found in shown:
        found.page.context.close()


def pressed(found: Opened, number: int = 0) -> str:
    """What is said when the button of a document is pressed."""
    found.page.click(f"[data-again='{number}']")
    return waited(found, number)


def waited(found: Opened, number: int = 0) -> str:
    for _ in range(1_200):
        text: str = found.page.inner_text(f"#again-{number}")
        if text and not text.startswith("verifying"):
            return text
        found.page.wait_for_timeout(50)
    raise AssertionError("the page did not come to an end")


def given_files(folder: Path) -> list[Path]:
    """Documents of all kinds and verdicts."""
    broken = [folder / name for name in UNREADABLE]
    for file in broken:
        file.write_bytes(UNREADABLE[file.name])
    evidence = folder / "evidence.json"
    assert pithmerge("evidence", *KEYS, FORK, "-o", evidence).code == 0
    events = folder / "events.json"
    events.write_text(json.dumps(json.loads(FORK.read_bytes())["events"]))
    made = [tampered(folder), hostile(folder), evidence, events, *broken]
    return [FORK, BUNDLE_FILE, STATE_FILE, RECORD_FILE, MANIFEST_FILE, *made]


TONES = {"ok": "good", "consistent": "unsure", "failed": "bad", "unreadable": "bad"}


def test_every_document_comes_to_what_the_report_says(report: Open, tmp_path: Path) -> None:
    files = given_files(tmp_path)
    found = report(*files)
    buttons = found.page.locator("button[data-again]")
    assert buttons.count() == len(files)
    verdicts = set()
    for number in range(len(files)):
        said = pressed(found, number)
        verdict = re.fullmatch(
            r"The same: (\w+), and of \d+ rows? each comes to what the report says\.", said
        )
        assert verdict is not None, (number, said, found.page.inner_text(f"#again-rows-{number}"))
        verdicts.add(verdict[1])
        # That two agree on a failure is no good news of the document.
        tone = found.page.locator(f"#again-{number} span").get_attribute("class")
        assert tone == TONES[verdict[1]], verdict[1]
        assert found.page.locator(f"#again-rows-{number} table").count() == 0
    assert verdicts == {"ok", "consistent", "failed", "unreadable"}
    assert found.complaints == []
    assert {url.partition(":")[0] for url in found.asked_for} == {"file", "blob"}
    assert found.page.title() == f"Verification of {len(files)} documents"


def edited_said(change: Callable[[Any], None]) -> Callable[[str], str]:
    """What the first document of a page is said to come to, changed."""

    def edit(text: str) -> str:
        begin = text.index('id="said-0">') + len('id="said-0">')
        end = text.index("<", begin)
        said = json.loads(base64.b64decode(text[begin:end]))
        change(said)
        return text[:begin] + base64.b64encode(json.dumps(said).encode()).decode() + text[end:]

    return edit


def test_a_report_that_says_something_else_is_told(report: Open) -> None:
    def lie(said: Any) -> None:
        said["verdict"] = "failed"
        said["rows"][1]["outcome"] = "failed"
        said["rows"][2]["place"] = '$["</td>"]'

    found = report(FORK, edited=edited_said(lie))
    said = pressed(found)
    assert said.startswith("Not the same: the report says failed, and this comes to ok, and of ")
    assert said.endswith(" 3 rows differ.")
    cells = found.page.locator("#again-rows-0 td").all_inner_texts()
    assert cells[1::4][1] == '$["</td>"]'
    assert cells[3::4][1] == cells[2::4][2] == "no row"


@pytest.mark.parametrize("many", [False, True])
def test_a_verdict_that_was_edited_where_people_read_it_is_told(
    report: Open, tmp_path: Path, many: bool
) -> None:
    def lie(text: str) -> str:
        head, body = text.split("<h1", 1)
        return f"{head}<h1{body.replace('FAILED', 'OK', 1)}"

    files = [tampered(tmp_path), FORK] if many else [tampered(tmp_path)]
    said = pressed(report(*files, edited=lie))
    assert said.startswith("Not the same: the report says ok, and this comes to failed, and of ")
    assert said.endswith(" 0 rows differ.")


def test_another_document_than_the_one_that_was_verified_is_told(
    report: Open, tmp_path: Path
) -> None:
    other = base64.b64encode(tampered(tmp_path).read_bytes()).decode()

    def exchanged(text: str) -> str:
        return re.sub(r'(id="document-0">)[^<]*', rf"\g<1>{other}", text)

    said = pressed(report(FORK, edited=exchanged))
    assert said.startswith("Not the same: the report says ok, and this comes to failed")


def test_nothing_but_its_own_script_runs(report: Open) -> None:
    def foreign(text: str) -> str:
        return text.replace(
            "</footer>", "</footer><script>document.title='owned'</script><img src=x onerror=1>"
        )

    found = report(FORK, edited=foreign)
    assert found.page.title() != "owned"
    assert any("Content Security Policy" in each for each in found.complaints)
    # Its own does.
    assert pressed(found).startswith("The same: ok")


def test_the_documents_are_in_it_as_they_are_and_nothing_of_them_as_markup(
    report: Open, tmp_path: Path
) -> None:
    files = given_files(tmp_path)
    report(*files)
    page = tmp_path / "report.html"
    text = page.read_text("utf-8")
    # Those that fail come first.
    brought = [
        base64.b64decode(each, validate=True)
        for each in re.findall(r'id="document-\d+">([^<]*)</script>', text)
    ]
    assert sorted(brought) == sorted(file.read_bytes() for file in files)
    scripts = [attrs for tag, attrs in parsed(page).tags if tag == "script"]
    assert len(scripts) == 2 * len(files) + 3
    assert [attrs for attrs in scripts if "type" not in attrs] == [{}]
    for said, document in zip(
        re.findall(r'id="said-\d+">([^<]*)</script>', text), brought, strict=True
    ):
        expected = comparable_report(document, keyring=KEYRING)
        assert json.loads(base64.b64decode(said)) == expected


def test_what_is_too_long_is_not_in_it_and_that_is_said(
    report: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del report
    monkeypatch.setattr(again, "MOST_BYTES", len(FORK.read_bytes()) + 10)
    given = Again(KEYRING)
    assert given.program() is None
    assert given.takes(len(FORK.read_bytes()))
    assert given.bring(FORK.read_bytes(), {}) == 0
    assert not given.takes(11)
    assert given.takes(10)
    long = tmp_path / "long.json"
    long.write_bytes(b" " * (8 * 2**20) + FORK.read_bytes())
    page = tmp_path / "page.html"
    assert pithmerge("verify", *KEYS, long, "--html", page).code == 0
    text = page.read_text("utf-8")
    assert page.stat().st_size < 2**17
    assert f"({long.stat().st_size:,} bytes) is too long to stand in this page" in text
    assert "<script" not in text
    assert "script-src" not in text


def test_it_is_used_by_keys_alone_and_heard(report: Open) -> None:
    found = report(FORK)
    found.page.keyboard.press("Tab")
    focused = "document.activeElement.textContent"
    assert found.page.evaluate(focused) == "Check this yourself"
    found.page.keyboard.press("Enter")
    assert waited(found).startswith("The same: ok")
    assert found.page.evaluate(focused) == "Check this yourself"
    assert found.page.get_by_role("status").inner_text() == waited(found)
    found.page.keyboard.press("Space")
    assert waited(found).startswith("The same: ok")


def test_a_browser_without_ed25519_is_told_so(report: Open) -> None:
    lacking = """
        const Whole = Blob;
        Blob = function (parts, options) {
            const without = "crypto.subtle.importKey = () => Promise.reject();";
            return new Whole([without, ...parts], options);
        };
    """
    assert "has no Ed25519" in pressed(report(FORK, before=lacking))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_looks_as_it_should(report: Open, tmp_path: Path, scheme: str) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed: make setup-browser"
    )

    def lie(said: Any) -> None:
        for row in said["rows"][:9]:
            row["outcome"] = "failed"

    found = report(FORK, edited=edited_said(lie), width=360, scheme=scheme)
    pressed(found)
    assert found.page.evaluate(TOO_WIDE) == []
    assert axe.Axe().run(found.page).response["violations"] == []
    found.page.screenshot(path=tmp_path / f"{scheme}.png", full_page=True)
