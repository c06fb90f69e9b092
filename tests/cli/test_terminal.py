"""What ``pithmerge`` shows to people: tables, colours, and nothing that a terminal would obey."""

import json
import os
from pathlib import Path

import pytest

from pithmerge import load_document, verify_document
from pithmerge.canon import compact_json
from tests.support.cli_documents import (
    BUNDLE,
    DOCUMENTS,
    MANIFEST,
    OWNED,
    REGISTRY,
    bundle_of,
    needs_posix,
    published_json,
    published_state,
    record_event,
    snapshot_event,
    write_json,
    write_keys,
    write_published_and_wide,
)
from tests.support.cli_helpers import (
    ASCII_ONLY,
    Result,
    assert_nothing_to_obey,
    each_of,
    pithmerge,
    run_in_terminal,
    screen_after,
    without_colours,
)

pytestmark = needs_posix


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the published documents and a wide one."""
    return write_published_and_wide(tmp_path_factory.mktemp("published"))


# What stands in a document.


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents whose every string would act on a terminal, and the keys to believe some."""
    folder = tmp_path_factory.mktemp("hostile")
    target = f"graph{OWNED}"
    events = [record_event(), *(snapshot_event(says, target=target) for says in ("one", "two"))]
    write_json(folder / "fork.json", events)
    bundle = bundle_of(record_event())
    aliases = [{**alias, "alias_kind": OWNED} for alias in bundle["source_aliases"]]
    wrong = {
        **bundle,
        "pith_number": OWNED,
        "source_aliases": aliases,
        "merge_version": OWNED,
        "state": {**bundle["state"], OWNED: [OWNED]},
        "public_keys": [{**bundle["public_keys"][0], "key_id": OWNED}],
    }
    write_json(folder / "wrong.json", wrong)
    (folder / "repeated.json").write_bytes(
        b"{%s:{%s:1,%s:2}}" % ((compact_json(OWNED),) * 3),
    )
    write_json(folder / "key", {**REGISTRY.key.to_entry(), OWNED: OWNED})
    write_keys(folder / "keys", REGISTRY)
    return folder


def test_nothing_in_a_document_reaches_a_pipe_raw(hostile: Path) -> None:
    keys = ("--key", hostile / "keys")
    results = each_of(
        ("verify", *keys, hostile),
        ("verify", *keys, "-v", hostile / "wrong.json"),
        ("merge", *keys, hostile / "fork.json", "-o", os.devnull),
        ("merge", *keys, hostile / "wrong.json"),
        ("canon", hostile / "repeated.json"),
        ("verify", "--key", hostile / "key", hostile),
        ("merge", "--pith-number", OWNED, hostile / "fork.json"),
        (OWNED,),
    )
    for result in results:
        assert result.messages or result.code == 1
        assert_nothing_to_obey(result.stdout.decode() + result.stderr.decode())
        # It is there, though.
        assert "owned" in result.stdout.decode() + result.stderr.decode()


def test_nothing_in_a_document_reaches_a_terminal_raw(hostile: Path) -> None:
    keys = ("--key", hostile / "keys")
    for words in (
        ("verify", *keys, "-v", hostile),
        ("verify", *keys, "--json", hostile / "wrong.json"),
        ("events", hostile / "fork.json"),
        ("merge", *keys, hostile / "fork.json"),
    ):
        text = run_in_terminal(*words).text
        assert "owned" in text
        assert_nothing_to_obey(without_colours(text.replace("\r", "")))


@pytest.mark.parametrize("env", [{}, ASCII_ONLY], ids=["UTF-8", "ASCII"])
def test_on_a_terminal_json_stays_the_same_value(tmp_path: Path, env: dict[str, str]) -> None:
    value = {OWNED: ["é\u2603\U0001f600", OWNED, "\ud7ff\ue000\ufeff", 1.5, 10**30]}
    result = run_in_terminal("canon", write_json(tmp_path / "value.json", value), env=env)
    assert result.code == 0
    # Nobody wants the prompt of the shell behind the last brace.
    assert result.text.endswith("}\n")
    assert_nothing_to_obey(result.text)
    if env:
        assert result.text.isascii()
    else:
        assert json.loads(result.text) == value
        assert "é\u2603\U0001f600" in result.text


def test_a_terminal_gets_one_newline(docs: Path) -> None:
    merged = run_in_terminal("merge", docs / BUNDLE)
    assert merged == Result(0, published_state() + b"\n", b"")
    digest = run_in_terminal("canon", "--digest", docs / BUNDLE)
    assert digest == pithmerge("canon", "--digest", docs / BUNDLE)


# Tables, colours, progress.


def test_a_terminal_gets_a_table_with_colours(docs: Path) -> None:
    report = verify_document(load_document(docs / BUNDLE))
    result = run_in_terminal("verify", "-v", docs / BUNDLE, columns=200)
    assert result.code == 0
    assert "\x1b[1;32mOK  " in result.text
    assert "\x1b[32mok" in result.text
    assert "\x1b[33mnot checkable" in result.text
    text = without_colours(result.text)
    heading, top, names, *rows = text.splitlines()
    assert heading.startswith(f"OK  {docs / BUNDLE}: bundle {report.pith_number}: 58 ok, 36 not ")
    assert (top[0], top[-1]) == ("┏", "┓")
    assert [cell.strip() for cell in names.split("┃")[1:-1]] == ["outcome", "rule", "what"]
    cells = [[cell.strip() for cell in row.split("│")[1:-1]] for row in rows[1:-1]]
    assert [cell[:2] for cell in cells] == [[str(c.outcome), c.rule] for c in report.checks]
    for cell, check in zip(cells, report.checks, strict=True):
        assert cell[2].startswith(check.what)


def test_what_failed_is_red_and_whole(tmp_path: Path) -> None:
    path = write_json(tmp_path / "a.json", {**published_json(MANIFEST), "merge_version": 9})
    result = run_in_terminal("verify", path, columns=80)
    assert result.code == 1
    assert "\x1b[1;31mFAILED  " in result.text
    assert "\x1b[1;31mfailed" in result.text
    told = "".join("".join(cell.split()) for cell in without_colours(result.text).split("│"))
    assert '$.merge_version:theydiffer(stated9,computed"pith-open-graph-merge-v1")' in told
    assert all(len(line) <= 80 for line in without_colours(result.text).splitlines()[1:])


@pytest.mark.parametrize(
    ("env", "columns"),
    [({"NO_COLOR": "1"}, 100), ({"TERM": "dumb"}, 100), (ASCII_ONLY, 100), ({}, 20)],
    ids=["no colour", "dumb", "ASCII", "narrow"],
)
def test_terminals_that_can_do_less(docs: Path, env: dict[str, str], columns: int) -> None:
    result = run_in_terminal("verify", "-v", docs / MANIFEST, columns=columns, env=env)
    assert result.code == 0
    assert_nothing_to_obey(without_colours(result.text))
    if "TERM" in env:
        assert "\x1b" not in result.text
    if "NO_COLOR" in env:
        assert "\x1b[3" not in result.text
        assert "\x1b[1;3" not in result.text
    if env is ASCII_ONLY:
        assert result.text.isascii()
    if columns == 20:
        # The terminal breaks the lines; a table would have no room for words.
        assert without_colours(result.text) == pithmerge("verify", "-v", docs / MANIFEST).text
    assert "$.merge_version" in result.text


def test_many_documents_get_a_progress_bar_that_is_gone_at_the_end(docs: Path) -> None:
    result = run_in_terminal("verify", docs, "missing.json", columns=300, cwd=docs)
    assert result.code == 3
    assert "verifying" in result.text
    assert result.text.count("\x1b[?25l") == result.text.count("\x1b[?25h") == 1
    lines = screen_after(result.text)
    assert [line.split(": ")[0] for line in lines if line.startswith(("OK", "FAILED", "CON"))] == [
        *(
            f"{'OK' if name == BUNDLE else 'CONSISTENT'}  {docs / name}"
            for name in sorted(DOCUMENTS)
        ),
        f"FAILED  {docs / 'wide.json'}",
    ]
    assert [line for line in lines if line.startswith("pithmerge: ")] == [
        "pithmerge: error: missing.json: cannot be read (No such file or directory): check the path"
    ]
    assert lines[-2:] == ["6 documents: 1 OK, 3 CONSISTENT, 1 FAILED, 1 unreadable", ""]
    assert not any("verifying" in line for line in lines)


def test_one_document_needs_no_progress_bar(docs: Path) -> None:
    assert "verifying" not in run_in_terminal("verify", docs / MANIFEST).text


@pytest.mark.parametrize("options", [(), ("--json",), ("-v",)], ids=" ".join)
def test_what_is_redirected_is_what_a_pipe_gets(
    docs: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    words = ("verify", *options, docs)
    with (tmp_path / "out").open("wb") as file:
        terminal = run_in_terminal(*words, stdout=file.fileno(), columns=120)
    piped = pithmerge(*words)
    assert (tmp_path / "out").read_bytes() == piped.stdout
    assert terminal.code == piped.code == 1
    # The bar is on stderr, and nothing but the bar.
    assert "verifying" in terminal.text
    assert not any(screen_after(terminal.text))


def test_json_on_a_terminal_is_not_disturbed(docs: Path) -> None:
    result = run_in_terminal("verify", "--json", docs)
    assert [json.loads(line)["ok"] for line in result.text.splitlines()] == [True] * 4 + [False]
