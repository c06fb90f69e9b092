"""The snapshot as Parquet, whatever way its lists are kept."""

import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from tests.support.arxiv_papers import LINES, PAPERS, lines_of, paper, parquet_of, versions
from tests.support.memory import with_peak
from tests.support.numbers import numbers_of

MEMBERS = ("id", "title", "abstract", "categories", "license", "versions")
SMALL = [{name: each[name] for name in MEMBERS} for each in PAPERS]
STRUCTS = pa.list_(pa.struct([("created", pa.string()), ("version", pa.string())]))


def schema(**types: Any) -> pa.Schema:
    plain = {name: pa.string() for name in MEMBERS} | {"versions": STRUCTS}
    return pa.schema(list((plain | types).items()))


FORMS: dict[str, bytes] = {
    "as it is": parquet_of(PAPERS),
    "the columns that are needed": parquet_of(SMALL),
    "large strings": parquet_of(SMALL, schema=schema(title=pa.large_string())),
    "dictionaries": parquet_of(
        SMALL, schema=schema(categories=pa.dictionary(pa.int32(), pa.string()))
    ),
    "categories as lists": parquet_of(
        [{**each, "categories": each["categories"].split()} for each in SMALL]
    ),
    "categories as lists of one": parquet_of(
        [{**each, "categories": [each["categories"]]} for each in SMALL]
    ),
    "lists as JSON": parquet_of(
        [
            {
                **each,
                "categories": json.dumps(each["categories"].split()),
                "versions": json.dumps(each["versions"]),
            }
            for each in SMALL
        ]
    ),
    "versions as numbers, and instants": parquet_of(
        [
            {
                **each,
                "versions": [
                    {
                        "version": int(version["version"][1:]),
                        "created": datetime.strptime(
                            version["created"], "%a, %d %b %Y %H:%M:%S GMT"
                        ).replace(tzinfo=UTC),
                    }
                    for version in each["versions"]
                ],
            }
            for each in SMALL
        ]
    ),
    "old pages": parquet_of(SMALL, version="1.0", use_dictionary=False, compression="gzip"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form(form: str) -> None:
    outcome = numbers_of(FORMS[form])
    assert (outcome.lines, outcome.problems) == (LINES, [])


def test_a_file_without_a_licence_all_along() -> None:
    plain = [{**each, "license": None} for each in SMALL]
    assert numbers_of(parquet_of(plain)).lines == numbers_of(lines_of(plain)).lines


@pytest.mark.parametrize("missing", MEMBERS)
def test_a_column_that_is_not_there_is_said_once(missing: str) -> None:
    less = [{name: each[name] for name in MEMBERS if name != missing} for each in SMALL]
    outcome = numbers_of(parquet_of(less))
    assert outcome.lines == []
    (problem,) = outcome.problems
    assert problem.startswith(f"f: it has no column {missing}, or more than one, and no record ")
    assert problem.endswith("take a file that keeps all of arXiv's")


def test_a_row_that_is_none_costs_itself() -> None:
    rows = [SMALL[0], paper(title=None), paper(versions=[]), SMALL[1]]
    outcome = numbers_of(parquet_of(rows, schema=schema()))
    assert outcome.lines == LINES[:2]
    assert [problem.split(": ")[:3] for problem in outcome.problems] == [
        ["f[1]", "0704.0001", "title is null, which is no text"],
        ["f[2]", "0704.0001", "versions is [], which lacks v1, whose date is submitted_at"],
    ]


def test_identifiers_that_were_read_as_numbers() -> None:
    outcome = numbers_of(parquet_of([{**SMALL[0], "id": 704.0001}]))
    assert outcome.problems == [
        "f[0]: id is 704.0001, which has lost its zeros, for it was read as a number: read it as "
        "text from what arXiv publishes"
    ]


def test_an_instant_without_a_zone() -> None:
    naive = [{"version": "v1", "created": datetime(2007, 4, 2, 19, 18, 42)}]
    (problem,) = numbers_of(parquet_of([{**SMALL[0], "versions": naive}])).problems
    assert 'created of v1 is "2007-04-02T19:18:42", which is no date with a zone' in problem


def test_text_that_is_no_utf_8_costs_its_row() -> None:
    title = pa.array([b"x", b"\xff", b"y"], pa.binary()).cast(pa.string(), safe=False)
    rest = pa.Table.from_pylist([paper(), paper(), paper()], schema=schema()).drop(["title"])
    table = rest.append_column("title", pa.Array.from_buffers(pa.string(), 3, title.buffers()))
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(table, sink, use_dictionary=False)
    outcome = numbers_of(sink.getvalue().to_pybytes())
    assert outcome.counts.papers == 2
    (problem,) = outcome.problems
    assert problem.startswith("f[1]: ")


@pytest.mark.parametrize("cut", [4, 100, 1000])
def test_a_file_that_was_cut_short(cut: int) -> None:
    (problem,) = numbers_of(parquet_of(PAPERS)[:-cut]).problems
    assert problem.startswith("f: it cannot be read, or not from row 0 on: ")
    assert problem.endswith(": get it again")


def test_a_file_that_claims_more_rows_than_it_has() -> None:
    data = parquet_of(SMALL)
    # num_rows, and the list of row groups behind it.
    assert data.count(b"\x16\x06\x19") == 1
    outcome = numbers_of(data.replace(b"\x16\x06\x19", b"\x16\x0a\x19"))
    assert outcome.lines == LINES
    assert outcome.problems == ["f: it claims 5 rows, and has 3: get it again"]


def test_a_text_that_many_rows_share_is_held_once() -> None:
    """A small file may say that it holds gigabytes."""
    rows = 400
    value = paper(abstract="x" * 2**20, versions=versions("Mon, 2 Apr 2007 19:18:42 GMT"))
    data = parquet_of([value] * rows, schema=schema())
    assert len(data) < 2**20
    outcome, peak = with_peak(lambda: numbers_of(data))
    assert outcome.counts.papers == rows
    assert peak < 32 * 2**20
