"""Documents that nest deep, read where the stack is small: refused, and never the process's end."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pithmerge.canon import canonical_json, read_json, reader
from pithmerge.canon.depth import depth_at_most, member_count
from pithmerge.errors import DocumentError
from tests.support.json_strategies import json_values

SMALL = 128 * 2**10


def in_a_thread(job: Callable[[], Any]) -> Any:
    """What a job gives or raises in another thread, of the stack that threads have."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(job())
        except Exception as error:
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return results[0]


def depth_of(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, (dict, list)) + max(map(depth_of, inner), default=0)


@given(json_values())
def test_the_depth_of_a_document_is_found_by_its_text(value: Any) -> None:
    # So many brackets that counting them is not enough.
    text = b"[%s,%s]" % (json.dumps(value).encode(), b",".join([b"{}"] * 200))
    assert depth_at_most(text, 150) == max(depth_of(value), 1) + 1


_TOKEN = re.compile(r'[][{},:a]|"(?:[^"\\]|\\.)*"')


@given(st.text('[]{}"\\a,:', max_size=60))
def test_no_text_is_deeper_than_it_is_said_to_be(text: str) -> None:
    """As deep as a reader gets that stops at the first thing that is no JSON."""
    depth = deepest = position = 0
    while depth >= 0 and (token := _TOKEN.match(text, position)):
        depth += (token[0] in "[{") - (token[0] in "]}")
        deepest = max(deepest, depth)
        position = token.end()
    assert depth_at_most(b"[]," * 80 + text.encode(), 70) >= max(deepest, 1)


def members_in(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (len(value) if isinstance(value, dict) else 0) + sum(map(members_in, inner))


@given(json_values())
def test_the_members_of_a_document_are_counted_in_its_text(value: Any) -> None:
    for indent in (None, 1):
        assert member_count(json.dumps(value, indent=indent).encode()) == members_in(value)


@pytest.mark.parametrize(
    ("text", "members", "depth"),
    [
        (rb'{"a\":":":"}', 1, 1),
        (rb'{"\\":"\\",":\"":[]}', 2, 2),
        (rb'["","[",""," \"{","]"]', 0, 1),
        (rb'{"":{"[":""},"x":"]"}', 3, 2),
    ],
)
def test_what_stands_in_strings_does_not_count(text: bytes, members: int, depth: int) -> None:
    assert member_count(text) == members
    assert depth_at_most(b"[%s,%s]" % (text, b",".join([b"[]"] * 9)), 5) == depth + 1


def test_what_is_read_does_not_depend_on_the_thread() -> None:
    deepest = b"[" * 128 + b"1.5" + b"]" * 128
    texts = [deepest, b"[" + deepest + b"]", b'{"a":' * 129 + b"1" + b"}" * 129, b"[" * 3000]
    for text in (*texts, b'{"a":[[],[{}]],"b":"[[["}', b"[{}," + b"[]," * 500 + b"1]"):
        try:
            expected: Any = canonical_json(read_json(text))
        except DocumentError as error:
            expected = error
        found = in_a_thread(lambda text=text: canonical_json(read_json(text)))
        assert (type(found), str(found)) == (type(expected), str(expected))


_READING = """
import sys, threading
from pithmerge.canon import canonical_json, read_json, reader
from pithmerge.errors import DocumentError
def job():
    assert canonical_json(read_json(b"[" * 127 + b"]" * 127))
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        for count in (129, 5000, 200_000):
            for text in (opening * count, opening * count + b"1" + closing * count):
                try:
                    read_json(text)
                except DocumentError as error:
                    assert "deeper than 128" in str(error)
                else:
                    raise AssertionError(count)
    print("read")
if sys.argv[1:]:
    threading.stack_size(int(sys.argv[1]))
    thread = threading.Thread(target=job)
    thread.start()
    thread.join()
else:
    job()
"""


def test_a_small_stack_of_a_thread_is_no_danger() -> None:
    words = [sys.executable, "-c", _READING, str(SMALL)]
    assert subprocess.run(words, capture_output=True, check=True).stdout == b"read\n"


@pytest.mark.skipif(os.name != "posix", reason="needs limits of the system")
def test_nor_is_a_small_stack_of_the_process() -> None:
    command = f'ulimit -s {SMALL // 1024} && exec "$@"'
    words = ["sh", "-c", command, "sh", sys.executable, "-c", _READING]
    assert subprocess.run(words, capture_output=True, check=True).stdout == b"read\n"


def test_what_is_too_deep_is_read_by_the_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    """msgspec, which recurses, never sees it."""
    monkeypatch.setattr(reader, "_read_fast", None)
    for text in (b"[" * 129 + b"]" * 129, b"[" * 5000):
        with pytest.raises(DocumentError, match="nested deeper than 128 levels"):
            read_json(text)


def test_what_is_wide_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many brackets there are, no value is walked through to find out how deep it is."""
    monkeypatch.setattr(reader, "is_plain", None)
    monkeypatch.setattr(reader, "read_strictly", None)
    wide = [{"a": [], "b": "[["}] * 1000
    assert read_json(json.dumps(wide).encode()) == wide
