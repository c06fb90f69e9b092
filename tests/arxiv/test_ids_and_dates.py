"""arXiv's identifiers and dates, in the form of a canonical record (SPEC 2.9, 2.9a)."""

import pytest

from pithmerge.arxiv.dates import instant_of
from pithmerge.arxiv.ids import ArxivId, arxiv_id
from pithmerge.fixtures import published_lines


@pytest.mark.parametrize(
    ("text", "identifier", "version"),
    [
        ("0704.0001", "0704.0001", None),
        ("1412.9999", "1412.9999", None),
        ("1501.00001", "1501.00001", None),
        ("2606.01509v12", "2606.01509", 12),
        ("cs/0406030", "cs/0406030", None),
        ("hep-th/9108001v2", "hep-th/9108001", 2),
        ("math.GT/0309136", "math/0309136", None),
        ("cond-mat/0703772", "cond-mat/0703772", None),
        ("arXiv:2606.01509", "2606.01509", None),
        ("oai:arXiv.org:cs/0406030", "cs/0406030", None),
        ("http://arxiv.org/abs/0704.0001v1", "0704.0001", 1),
        (" 0704.0001\n", "0704.0001", None),
    ],
)
def test_an_identifier(text: str, identifier: str, version: int | None) -> None:
    assert arxiv_id(text) == ArxivId(identifier, version)


@pytest.mark.parametrize(
    "text",
    [
        *("", "0704.001", "0704.00001", "1501.0001", "1412.00001", "0703.0001", "0713.0001"),
        *("9912.0001", "9999.99999", "704.0001", "0704.0001v0", "0704.0001 v1", "0704.0001v"),
        *("cs/040603", "cs/04060301", "cs/0413030", "cs/0900001", "cs/0801001", "CS/0406030"),
        *("math.gt/0309136", "math.GTX/0309136", "/0309136", "cs/0406030/", "٠٧٠٤.٠٠٠١"),
        *("0704.0001\x00", "0704.0001\n0704.0002", "doi:0704.0001", "x" * 100_000),
    ],
)
def test_what_is_none(text: str) -> None:
    assert arxiv_id(text) is None


def test_every_published_identifier_is_one() -> None:
    lines = published_lines("vectors.jsonl") + published_lines("vectors-2.jsonl")
    records = [line["canonical_record"] for line in lines if "canonical_record" in line]
    assert len(records) == 122
    for record in records:
        assert arxiv_id(record["source"]["id"]) == (record["source"]["id"], None)


@pytest.mark.parametrize(
    ("date", "instant"),
    [
        ("Mon, 2 Apr 2007 19:18:42 GMT", "2007-04-02T19:18:42Z"),
        ("Wed, 06 Aug 2025 15:59:18 GMT", "2025-08-06T15:59:18Z"),
        ("2 Apr 2007 19:18 UT", "2007-04-02T19:18:00Z"),
        ("Mon,2 apr 2007 9:18:42 utc", "2007-04-02T09:18:42Z"),
        (" Mon,  2 Apr 2007\n 19:18:42  GMT ", "2007-04-02T19:18:42Z"),
        # The record is in UTC: so is the year of its number.
        ("Sat, 31 Dec 2016 20:30:00 -0500", "2017-01-01T01:30:00Z"),
        ("Sun, 1 Jan 2017 01:00:00 +0130", "2016-12-31T23:30:00Z"),
        ("Sat, 31 Dec 2016 20:30:00 EST", "2017-01-01T01:30:00Z"),
        ("Sat, 31 Dec 2016 20:30:00 PDT", "2017-01-01T03:30:00Z"),
        ("Sat, 31 Dec 2016 20:30:00 -0000", "2016-12-31T20:30:00Z"),
        # RFC 2822, 4.3; the standard library draws the line at 69.
        ("2 Apr 49 19:18:42 GMT", "2049-04-02T19:18:42Z"),
        ("2 Apr 50 19:18:42 GMT", "1950-04-02T19:18:42Z"),
        ("2 Apr 92 19:18:42 GMT", "1992-04-02T19:18:42Z"),
        ("2 Apr 107 19:18:42 GMT", "2007-04-02T19:18:42Z"),
        ("2 Apr 0007 19:18:42 GMT", "0007-04-02T19:18:42Z"),
        ("Thu, 29 Feb 2024 00:00:00 GMT", "2024-02-29T00:00:00Z"),
        # The day of the week is not compared.
        ("Fri, 2 Apr 2007 19:18:42 GMT", "2007-04-02T19:18:42Z"),
        ("2007-04-02T19:18:42Z", "2007-04-02T19:18:42Z"),
        ("2007-04-02 19:18:42.999+02:00", "2007-04-02T17:18:42Z"),
    ],
)
def test_a_date(date: str, instant: str) -> None:
    assert instant_of(date) == instant


@pytest.mark.parametrize(
    "date",
    [
        *("", "Mon", "2 Apr 2007", "Mon, 2 Apr 2007 GMT", "19:18:42 GMT", "Mon, 2 Apr 19:18 GMT"),
        *("Mon, 2 Apr 2007 19:18:42", "2007-04-02", "2007-04-02T19:18:42", "1175541522"),
        *("Mon, 31 Feb 2007 19:18:42 GMT", "Thu, 29 Feb 2023 00:00:00 GMT", "0 Apr 2007 1:00 GMT"),
        *("Mon, 2 Apr 2007 24:00:00 GMT", "Mon, 2 Apr 2007 19:60:00 GMT"),
        *("Mon, 2 Apr 2007 23:59:60 GMT", "Mon, 2 Foo 2007 19:18:42 GMT"),
        *("Foo, 2 Apr 2007 19:18:42 GMT", "Mon, 2 Apr 2007 19:18:42 XYZ"),
        *("Mon, 2 Apr 2007 19:18:42 A", "Mon, 2 Apr 2007 19:18:42 +2400"),
        *("Mon, 2 Apr 2007 19:18:42 GMT (16kb)", "2 Apr 0000 19:18:42 GMT"),
        *("1 Jan 0001 00:00:00 +0100", "31 Dec 9999 23:00:00 -0200", "2 Apr 12007 19:18:42 GMT"),
        *("Mon, ٢ Apr 2007 19:18:42 GMT", "2 Apr 2007 19:18:42 GMT" + " " * 200, "9" * 100_000),
        *("2007-02-30T19:18:42Z", "2007-04-02T19:18:60Z", "0000-04-02T19:18:42Z"),
    ],
)
def test_what_is_no_date(date: str) -> None:
    assert instant_of(date) is None
