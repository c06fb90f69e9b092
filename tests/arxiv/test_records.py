"""From metadata to the record and the number (SPEC 2.2, 2.5, 2.9, 2.9a)."""

import hashlib
import json
import re
import textwrap
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge import Metadata, MetadataError, canonical_record_of, pith_number
from pithmerge.arxiv import Version
from pithmerge.arxiv.records import numbered
from pithmerge.canon import digest
from pithmerge.fixtures import published_lines
from pithmerge.spec import digests, metadata
from pithmerge.spec.canonical_json import Refused
from tests.support.arxiv_papers import LINES, PAPERS, paper, versions
from tests.support.published_documents import BUNDLE, document

DATE = "Mon, 2 Apr 2007 19:18:42 GMT"


def published_records() -> dict[str, Any]:
    lines = published_lines("vectors-2.jsonl")
    records = [line["canonical_record"] for line in lines] + [document(BUNDLE)["canonical_record"]]
    return {record["source"]["id"]: record for record in records}


@pytest.mark.parametrize("index", range(3))
def test_the_three_papers_that_are_known_whole(index: int) -> None:
    value = PAPERS[index]
    record = published_records()[value["id"]]
    assert canonical_record_of(value) == canonical_record_of(Metadata.of(value)) == record
    name, number, sha256 = LINES[index].split()
    assert (digest(record), pith_number(value)) == (sha256, number)
    assert f"{record['source']['id']}v{record['source']['version']}" == name


@pytest.mark.parametrize("width", [20, 40, 72, 77, 80, 1000])
@pytest.mark.parametrize("indent", ["", "  ", "\t", "     "])
def test_however_their_texts_are_wrapped(width: int, indent: str) -> None:
    for value, line in zip(PAPERS, LINES, strict=True):
        texts = {
            member: "\n".join(
                textwrap.wrap(
                    " ".join(value[member].split()),
                    width,
                    initial_indent="  ",
                    subsequent_indent=indent,
                    break_on_hyphens=False,
                    break_long_words=False,
                )
            )
            for member in ("title", "abstract")
        }
        wrapped = {**value, **texts, "title": texts["title"] + "\n"}
        assert pith_number(wrapped) == line.split()[1]
        assert pith_number({**value, "title": value["title"].replace(" ", " \r\n  ")}) == (
            pith_number(value)
        )


def said(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (r"The $\mathbb{R}$-Trees of {\bf Bj\"orn}", r"the $\mathbb{r}$-trees of {\bf bj\"orn}"),
        ("ÉTALE Sheaves – «Straße» ΑΣ", "étale sheaves – «straße» ας"),
        ("no\xa0break\u2003and\u3000wide", "no break and wide"),
        ("E\u0301tale", "e\u0301tale"),
        ("İ", "i̇"),
        (" \n ", ""),
    ],
)
def test_texts_are_canonised_alike(text: str, canonical: str) -> None:
    record = canonical_record_of(paper(title=text, abstract=f"  {text}\n"))
    assert record["metadata"]["title_canon_sha256"] == said(canonical)
    assert record["metadata"]["abstract_canon_sha256"] == said(canonical)


@pytest.mark.parametrize(
    ("categories", "primary", "others"),
    [
        ("hep-ph", "hep-ph", []),
        ("math-ph math.MP", "math-ph", ["math.MP"]),
        (
            "cs.LG stat.ML cs.AI  cond-mat.dis-nn\n",
            "cs.LG",
            ["cond-mat.dis-nn", "cs.AI", "stat.ML"],
        ),
        (["cs.LG", "cs.AI"], "cs.LG", ["cs.AI"]),
        (["cs.LG cs.AI"], "cs.LG", ["cs.AI"]),
        ('["cs.LG", "cs.AI"]', "cs.LG", ["cs.AI"]),
        ("cs.LG cs.AI cs.AI cs.LG", "cs.LG", ["cs.AI"]),
    ],
)
def test_categories(categories: Any, primary: str, others: list[str]) -> None:
    record = canonical_record_of(paper(categories=categories))["metadata"]
    assert (record["primary_cat"], record["cross_cats_sorted"]) == (primary, others)


@pytest.mark.parametrize(
    ("given_", "there"),
    [(None, ""), ("", ""), (" http://a/ ", "http://a/"), ("https://a/b", "https://a/b")],
)
def test_a_licence(given_: str | None, there: str) -> None:
    assert canonical_record_of(paper(license=given_))["metadata"]["license"] == there


@pytest.mark.parametrize(
    ("given_", "version", "year"),
    [
        (versions(DATE), 1, "2007"),
        (versions(DATE, "Sat, 1 Jan 2011 00:00:00 GMT"), 2, "2007"),
        (versions(DATE, "Sat, 1 Jan 2011 00:00:00 GMT")[::-1], 2, "2007"),
        # The dates of other versions are not looked at.
        (versions(DATE, "never"), 2, "2007"),
        ([*versions(DATE), {"version": "v3", "created": DATE}], 3, "2007"),
        ([*versions(DATE), *versions(DATE)], 1, "2007"),
        ([{"version": 1, "created": DATE}, {"version": "18", "created": DATE}], 18, "2007"),
        (json.dumps(versions(DATE, DATE)), 2, "2007"),
        (versions("Sat, 31 Dec 2016 20:30:00 -0500"), 1, "2017"),
    ],
)
def test_versions(given_: Any, version: int, year: str) -> None:
    known = numbered(paper(versions=given_))
    assert known.version == version
    assert known.pith_number.startswith(f"pith:{year}:")


def test_an_id_with_its_last_version() -> None:
    value = paper(id="arXiv:0704.0001v2", versions=versions(DATE, DATE))
    assert canonical_record_of(value)["source"] == {
        "id": "0704.0001",
        "kind": "arxiv",
        "version": 2,
    }


REFUSED: dict[str, tuple[Any, str, str]] = {
    "no object": ([], "", "metadata is [], which is no object: give"),
    "no id": (paper(id=...), "id", "id is missing: give"),
    "id null": (paper(id=None), "id", "id is null, which is no identifier of arXiv (such as"),
    "id a number": (
        paper(id=704.0001),
        "id",
        "id is 704.0001, which has lost its zeros, for it was read as a number: read it as text",
    ),
    "id lost zeros": (paper(id="1409.12"), "id", 'id is "1409.12", which has lost its zeros'),
    "id of no month": (paper(id="2413.00001"), "id", 'id is "2413.00001", which is no identifier'),
    "id of no year": (paper(id="0601.0001"), "id", 'id is "0601.0001", which is no identifier'),
    "id nonsense": (paper(id="x\x1b[2J"), "id", 'id is "x\\u001b[2J", which is no identifier'),
    "id of another version": (
        paper(id="0704.0001v3"),
        "id",
        'id is "0704.0001v3", which names version 3, and the last of its versions is 1: get',
    ),
    "no title": (paper(title=...), "title", "title is missing: give"),
    "title null": (paper(title=None), "title", "title is null, which is no text: give"),
    "title torn": (paper(title="\ud800"), "title", "which holds half a character"),
    "no abstract": (paper(abstract=...), "abstract", "abstract is missing: give"),
    "abstract a list": (paper(abstract=["a"]), "abstract", 'abstract is ["a"], which is no text'),
    "no licence": (
        paper(license=...),
        "license",
        "license is missing: give null where arXiv has none",
    ),
    "licence a number": (paper(license=4), "license", "license is 4, which is no text"),
    "no categories": (paper(categories=...), "categories", "categories is missing"),
    "categories empty": (paper(categories=" "), "categories", "categories is [], which names none"),
    "categories null": (paper(categories=None), "categories", "is neither text nor a list"),
    "categories of numbers": (paper(categories=[1]), "categories", "categories is 1, which is no"),
    "categories with commas": (
        paper(categories="cs.LG, cs.AI"),
        "categories",
        'categories is "cs.LG,", which is no category of arXiv (such as cs.LG): give them with',
    ),
    "categories as Python has them": (
        paper(categories="['cs.LG']"),
        "categories",
        "is neither text with blanks nor a list of JSON",
    ),
    "no versions": (paper(versions=...), "versions", "versions is missing"),
    "versions empty": (paper(versions=[]), "versions", "versions is [], which lacks v1"),
    "versions without the first": (
        paper(versions=versions(DATE, DATE)[1:]),
        "versions",
        'versions is ["v2"], which lacks v1, whose date is submitted_at',
    ),
    "versions a number": (paper(versions=2), "versions", "versions is 2, which is no list"),
    "versions of texts": (
        paper(versions=["v1"]),
        "versions[0]",
        'versions[0] is "v1", which is no object with version and created',
    ),
    "a version without a date": (
        paper(versions=[{"version": "v1"}]),
        "versions[0].created",
        "versions[0].created is missing",
    ),
    "a version without a number": (
        paper(versions=[{"created": DATE}]),
        "versions[0].version",
        "versions[0].version is missing",
    ),
    "version 0": (
        paper(versions=[{"version": "v0", "created": DATE}]),
        "versions[0].version",
        'versions[0].version is "v0", which is no version (such as v1)',
    ),
    "version true": (
        paper(versions=[{"version": True, "created": DATE}]),
        "versions[0].version",
        "which is no version",
    ),
    "two dates of one version": (
        paper(versions=[*versions(DATE), *versions("Tue, 3 Apr 2007 19:18:42 GMT")]),
        "created of v1",
        f'which is not "{DATE}", its other date',
    ),
    "a date that is none": (
        paper(versions=versions("Mon, 31 Feb 2007 19:18:42 GMT")),
        "created of v1",
        'created of v1 is "Mon, 31 Feb 2007 19:18:42 GMT", which is no date with a zone, as',
    ),
    "a date that is a number": (
        paper(versions=[{"version": "v1", "created": 1175541522}]),
        "versions[0].created",
        "versions[0].created is 1175541522, which is no text",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_no_record_follows_from(what: str) -> None:
    value, member, message = REFUSED[what]
    with pytest.raises(MetadataError, match=re.escape(message)) as raised:
        canonical_record_of(value)
    if member:
        assert raised.value.member == member
    assert ": " in str(raised.value)
    assert str(raised.value).isprintable()
    with pytest.raises(MetadataError):
        pith_number(value)


def test_an_error_names_the_paper_if_it_is_known() -> None:
    with pytest.raises(MetadataError) as raised:
        canonical_record_of(paper(title=None))
    assert raised.value.paper == "0704.0001"


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(MetadataError) as raised:
        canonical_record_of(paper(id="9" * 10**6))
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    "changes",
    [
        {"categories": "hep-ph"},
        {"categories": ["hep-ph"]},
        {"versions": [Version(1, DATE)]},
        {"versions": ({"version": "v1", "created": DATE},)},
        {"versions": (Version(0, DATE),)},
        {"versions": (Version(1, None),)},  # type: ignore[arg-type]
        {"versions": ()},
        {"license": 4},
        {"id": None},
    ],
)
def test_metadata_that_are_made_by_hand_are_looked_at_as_well(changes: dict[str, Any]) -> None:
    whole: dict[str, Any] = {
        "id": "0704.0001",
        "title": "On Things",
        "abstract": "Things are considered.",
        "categories": ("hep-ph",),
        "license": None,
        "versions": (Version(1, DATE),),
    }
    assert canonical_record_of(Metadata(**whole)) == canonical_record_of(paper())
    with pytest.raises(MetadataError):
        Metadata(**{**whole, **changes})


# Beside the executable specification.

dates = st.one_of(
    st.builds(
        "{}{} {} {} {}:{:02}{} {}".format,
        st.sampled_from(["", "Mon, ", "Tue,", "Foo, "]),
        st.integers(0, 32),
        st.sampled_from(["Jan", "feb", "Dec", "Foo"]),
        st.sampled_from(["07", "49", "50", "107", "2024", "0001", "9999", "1"]),
        st.integers(0, 24),
        st.integers(0, 60),
        st.sampled_from(["", ":00", ":59", ":60"]),
        st.sampled_from(["GMT", "utc", "EST", "PDT", "+0130", "-2359", "Z"]),
    ),
    st.just(DATE),
)
identifiers = st.one_of(
    st.from_regex(r"[0-2][0-9][01][0-9]\.[0-9]{3,6}", fullmatch=True),
    st.from_regex(r"(cs|hep-th|math\.GT|math\.gt)/[09][0-9][01][0-9]{4,5}", fullmatch=True),
)
drawn = st.fixed_dictionaries(
    {
        "id": identifiers,
        "title": st.text(max_size=20),
        "abstract": st.text(st.characters(categories=["L", "Z", "Cc"]), max_size=20),
        "categories": st.lists(st.sampled_from(["cs.LG", "hep-th", "cs.AI", "x,y"])).map(" ".join),
        "license": st.sampled_from([None, "", "http://a/ "]),
        "versions": st.lists(
            st.fixed_dictionaries(
                {"version": st.sampled_from(["v1", "v2", "11", 1, "v01"]), "created": dates}
            ),
            max_size=3,
        ),
    }
)


@settings(max_examples=400)
@given(drawn)
def test_the_executable_specification_says_the_same(value: dict[str, Any]) -> None:
    try:
        record = metadata.canonical_record(value)
    except (Refused, UnicodeEncodeError):
        with pytest.raises(MetadataError):
            canonical_record_of(value)
    else:
        assert canonical_record_of(value) == record
        assert pith_number(value) == digests.pith_number(record)


def test_the_executable_specification_knows_the_three_papers() -> None:
    for value, line in zip(PAPERS, LINES, strict=True):
        assert digests.pith_number(metadata.canonical_record(value)) == line.split()[1]
