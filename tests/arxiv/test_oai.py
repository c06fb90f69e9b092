"""Responses of OAI-PMH with records in the format arXivRaw."""

import io
from collections.abc import Iterator

import pytest

from pithmerge.arxiv.oai import papers_of
from pithmerge.arxiv.pieces import MAX_PAPER_BYTES
from tests.support.arxiv_papers import (
    LINES,
    OAI,
    PAPERS,
    RAW,
    RESPONSE,
    paper,
    raw_of,
    record_of,
    response_of,
    versions,
)
from tests.support.memory import with_peak
from tests.support.numbers import numbers_of

DATE = "Mon, 2 Apr 2007 19:18:42 GMT"
DELETED = (
    '<record><header status="deleted"><identifier>oai:arXiv.org:0704.0002</identifier>'
    "</header></record>"
)


def test_a_response_with_prefixes_comments_and_cdata() -> None:
    raw = raw_of(PAPERS[0]).replace(
        "Safely Abstracting", "<![CDATA[Safely ]]><!-- two -->Abstract<?some thing?>ing"
    )
    prefixed = (
        f'<o:OAI-PMH xmlns:o="{OAI}"><o:ListRecords><o:record><o:header><o:identifier>x'
        f"</o:identifier></o:header><o:metadata>{raw}</o:metadata></o:record></o:ListRecords>"
        "</o:OAI-PMH>"
    )
    named = raw_of(PAPERS[0], f' xmlns:a="{RAW}"').replace("<", "<a:").replace("<a:/", "</a:")
    for data in (prefixed, named):
        outcome = numbers_of(data.encode())
        assert (outcome.lines, outcome.problems) == (LINES[:1], [])


def test_characters_that_are_written_otherwise() -> None:
    value = paper(title="A < B & C’s", abstract="<x>")
    data = raw_of(value).replace("’", "&#8217;")
    assert numbers_of(data.encode()).lines == numbers_of(response_of(record_of(value))).lines


def test_elements_around_the_texts_do_not_matter() -> None:
    value = paper(categories="hep-ph hep-th", license="http://a/")
    spaced = raw_of(value).replace(">", ">\n  ").replace("</", "\n</")
    assert numbers_of(spaced.encode()).lines == numbers_of(raw_of(value).encode()).lines


def test_deleted_records_and_lists_are_counted() -> None:
    whole = response_of(record_of(PAPERS[0]), DELETED, DELETED)
    outcome = numbers_of(whole)
    assert outcome.lines == LINES[:1]
    assert (outcome.counts.deleted, outcome.counts.ended, outcome.counts.continued) == (2, 1, 0)
    for token, ended in (("", 1), ("<resumptionToken> \n</resumptionToken>", 1),
                         ("<resumptionToken>a b</resumptionToken>", 0)):  # fmt: skip
        counts = numbers_of(response_of(DELETED, token=token)).counts
        assert (counts.ended, counts.continued) == (ended, 1 - ended)
    one = response_of(record_of(PAPERS[0]), token="").replace(b"ListRecords", b"GetRecord")
    counts = numbers_of(one).counts
    assert (counts.papers, counts.ended, counts.continued) == (1, 0, 0)


PROBLEMS = {
    "another format": (
        record_of(PAPERS[0]).replace("arXivRaw", "arXiv"),
        'f:4: "oai:arXiv.org:1901.08006" has no arXivRaw element: ask for metadataPrefix=arXivRaw',
    ),
    "two of them": (
        record_of(PAPERS[0]).replace("</arXivRaw>", "</arXivRaw>" + raw_of(PAPERS[1])),
        "holds two arXivRaw elements",
    ),
    "two titles": (
        record_of(PAPERS[0]).replace("</title>", "</title><title>x</title>"),
        'f:4: "1901.08006" has more than one title: ask arXiv again',
    ),
    "an element in a title": (
        record_of(PAPERS[0]).replace("Safely", "<i>Safely</i>"),
        "has an element in its title",
    ),
    "an element in a date": (
        record_of(paper()).replace("2 Apr", "<i>2</i> Apr"),
        "has an element in its date",
    ),
    "two dates": (
        record_of(paper()).replace("</date>", "</date><date>x</date>"),
        "has a version with more than one date",
    ),
    "no date": (
        record_of(paper()).replace("date>", "day>"),
        "f:4: 0704.0001: versions[0].created is missing",
    ),
    "no version": (
        record_of(paper()).replace(' version="v1"', ""),
        "f:4: 0704.0001: versions[0].version is missing",
    ),
    "no id": (record_of(paper()).replace("id>", "ib>"), "f:4: id is missing"),
    "no abstract": (
        record_of(paper(abstract=None)),
        "f:4: 0704.0001: abstract is missing",
    ),
    "an error": (
        '</ListRecords><error code="badArgument">Bad\x7f one</error><ListRecords>',
        "f:4: arXiv has answered with an error (badArgument: Bad\\x7f one): ask arXiv again",
    ),
}


@pytest.mark.parametrize("what", PROBLEMS)
def test_a_record_that_is_none_costs_itself(what: str) -> None:
    record, message = PROBLEMS[what]
    outcome = numbers_of(response_of(record, record_of(PAPERS[1])))
    assert outcome.lines == LINES[1:2]
    (problem,) = outcome.problems
    assert message in problem


def test_what_is_outside_of_a_record_is_not_of_it() -> None:
    """A text between records, or of another format, never becomes one of a paper's."""
    stray = f'<title xmlns="{RAW}">stray</title>'
    outcome = numbers_of(response_of(stray, record_of(PAPERS[0]), stray))
    assert (outcome.lines, outcome.problems) == (LINES[:1], [])


def test_however_much_stands_between_records() -> None:
    stray = f"<about>{'x' * 2**18}</about>" + " " * 2**18
    data = response_of(stray, record_of(PAPERS[0]), stray, record_of(PAPERS[1]), stray)
    papers = [*papers_of(io.BytesIO(data), "f", 2**16)]
    assert len(papers) == 3


BROKEN = {
    "cut short": (RESPONSE[:-40], 3, "it was cut short, for it ends before its last end tag"),
    "cut in a tag": (RESPONSE[:-4], 3, "it was cut short, for it ends before its last end tag"),
    "cut in a character": (b"<a>\xc3", 0, "it was cut short"),
    "two, put together": (RESPONSE * 2, 3, "line 122: something follows the end of the XML"),
    "no UTF-8": (
        RESPONSE.replace(b"</ListRecords>", b"\xff</ListRecords>"), 3, "it is no XML (not well-",
    ),
    "an end tag of another": (RESPONSE.replace(b"</ListRecords>", b"</x>"), 3, "mismatched tag"),
    "an unknown entity": (
        RESPONSE.replace(b"<resumptionToken/>", b"&bomb;"), 3, "it is no XML (undefined entity)",
    ),
    "a document type": (b"<!DOCTYPE a><a/>", 0, "line 1: it declares a document type"),
    "entities in entities": (
        b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>', 0,
        "which can be made to take all memory",
    ),
    "an external entity": (
        b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><a>&a;</a>', 0, "document type",
    ),
    "an unknown encoding": (b'<?xml version="1.0" encoding="x-y"?><a/>', 0, "ask arXiv again"),
    "nested without end": (b"<a>" * 100_000, 0, "its elements nest too deep"),
    "names without end": (
        b"<a>" + b"".join(b"<b%d/>" % each for each in range(2000)), 0, "too many kinds of",
    ),
    "another document": (b"<feed><entry/></feed>", 0, "it is XML, but no response of OAI-PMH"),
    "no element": (b"<!-- x -->", 0, "it was cut short"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_what_breaks_does_so_after_what_was_whole(what: str) -> None:
    data, papers, message = BROKEN[what]
    outcome = numbers_of(data)
    assert outcome.lines == LINES[:papers]
    (problem,) = outcome.problems
    assert problem.startswith("f: ")
    assert message in problem


class _Endless:
    """A file that says something again and again, some megabytes of it."""

    def __init__(self, start: bytes, again: bytes, size: int) -> None:
        self._pieces = self._all(start, again * (2**16 // len(again) + 1), size)

    def _all(self, start: bytes, again: bytes, size: int) -> Iterator[bytes]:
        yield start
        for _ in range(size // len(again)):
            yield again

    def read(self, _size: int) -> bytes:
        return next(self._pieces, b"")


@pytest.mark.parametrize(
    ("start", "again"),
    [
        (b"<!-- ", b"x"),
        (b'<a b="', b"x"),
        (f'<arXivRaw xmlns="{RAW}"><title>'.encode(), b"x"),
        (f'<arXivRaw xmlns="{RAW}">'.encode(), b"<title>xxxxxxxxxxxxxxxx</title>"),
        (f'<OAI-PMH xmlns="{OAI}"><error>'.encode(), b"x"),
        (f'<arXivRaw xmlns="{RAW}">'.encode(), b"<version/>"),
    ],
    ids=["a comment", "an attribute", "a text", "texts", "an error", "versions"],
)
def test_one_thing_without_end_is_refused_in_little_memory(start: bytes, again: bytes) -> None:
    def read() -> str:
        file = _Endless(start, again, 64 * 2**20)
        with pytest.raises(Exception, match="raise --max-bytes") as raised:
            list(papers_of(file, "f", 2**20))  # type: ignore[arg-type]
        return str(raised.value)

    message, peak = with_peak(read)
    assert "more than 1,048,576 bytes" in message
    assert peak < 8 * 2**20


def test_a_response_without_end_is_read_in_constant_memory() -> None:
    record = record_of(paper(versions=versions(DATE, DATE))).encode()

    def read(count: int) -> int:
        file = io.BytesIO(response_of(token="").replace(b"</List", record * count + b"</List"))
        return sum(1 for _ in papers_of(file, "f", MAX_PAPER_BYTES))

    read(10)
    few, little = with_peak(lambda: read(500))
    many, much = with_peak(lambda: read(4000))
    assert (few, many) == (501, 4001)
    # The response itself is held by this test.
    assert much - 3 * 4000 * len(record) < little + 2**18
