"""The published documents and vectors through the rules of SPEC 1 and 2, and what there is of them.

What is expected here are the registry's own words; each loop says how much it has tested, so that
an empty one does not pass. The signatures are in `test_published_signatures`, events and states in
`test_published_states`.
"""

import json
from collections import Counter
from typing import Any

import pytest

from pithmerge.canon import canonical_json, compact_json, digest, read_json
from pithmerge.core.numbers import (
    alias_values,
    is_pith_number,
    pith_number_of,
    pith_suffix,
    short_pith_number,
    title_digest,
)
from pithmerge.fixtures import published, published_names, synthetic, vectors
from tests.support.published_documents import BUNDLE, RECORD, STATE, document

LATER_SHORT_ALIASES = "2026-05-18T12:25"
"""Numbers first computed before then got their ``pith_short_*`` aliases later (SPEC 2.4)."""


def records() -> list[tuple[dict[str, Any], str | None, str]]:
    """Every canonical record that was published, with its digest, if published, and its number."""
    found = [
        (x["canonical_record"], x.get("canonical_sha256"), x["pith_number"])
        for x in (*vectors(), document(BUNDLE), document(RECORD))
        if "canonical_record" in x
    ]
    for state in (document(BUNDLE)["state"], document(STATE)):
        payload = state["current"]["record_created"]["payload"]
        found.append(
            (payload["canonical_record"], payload["canonical_sha256"], state["pith_number"])
        )
    return found


def test_what_is_there() -> None:
    """The counts that the other tests rest on."""
    lines = vectors()
    assert Counter(line["page_kind"] for line in lines) == {
        "bundle": 61,
        "html_new": 60,
        "html_old": 15,
        "state": 13,
        "record_json": 1,
    }
    members = Counter(name for line in lines for name in line)
    assert members == {
        "page_kind": 150,
        "pith_number": 150,
        "aliases": 138,
        "canonical_sha256": 137,
        "canonical_record": 85,
        "first_computed_at": 75,
        "source_id": 65,
        "source_version": 65,
        "title": 16,
        "receipt_signature_b64": 15,
        "event_count": 13,
        "graph_snapshot_created_at": 13,
        "graph_snapshot_event_id": 13,
    }
    # Five numbers are there twice, from two kinds of pages.
    assert len({line["pith_number"] for line in lines}) == 145
    assert published_names() == (
        "abstracts.jsonl",
        BUNDLE,
        "integrity-sections.jsonl",
        "integrity-signatures.jsonl",
        "pith-mirrors.json",
        RECORD,
        STATE,
        "vectors-2.jsonl",
        "vectors.jsonl",
    )


def test_fixtures_are_read_by_name_only() -> None:
    for name in ("", "README.md", "../__init__.py", "../published/vectors.jsonl", "missing.json"):
        with pytest.raises(FileNotFoundError, match="fixture"):
            published(name)
        with pytest.raises(FileNotFoundError, match="fixture"):
            synthetic(name)
    lines = vectors()
    lines[0]["pith_number"] = "changed"
    assert vectors()[0]["pith_number"] != "changed"


# SPEC 1


@pytest.mark.parametrize(
    ("name", "end"), [(BUNDLE, b""), (STATE, b""), (RECORD, b""), ("pith-mirrors.json", b"\n")]
)
def test_published_bytes_are_compact_json_in_their_own_order(name: str, end: bytes) -> None:
    """SPEC 8.2, of every document that was published whole; the manifest has a final newline."""
    value = read_json(published(name))
    assert value == json.loads(published(name))
    assert compact_json(value) + end == published(name)


@pytest.mark.parametrize("name", published_names())
def test_canonical_bytes_are_those_of_the_published_recipe(name: str) -> None:
    """SPEC 1.1."""
    texts = published(name).splitlines() if name.endswith(".jsonl") else [published(name)]
    for text in texts:
        recipe = json.dumps(
            json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        assert canonical_json(read_json(text)) == recipe.encode("utf-8")


# SPEC 2


def test_digest_and_number_of_every_record() -> None:
    """SPEC 2.1, 2.2."""
    found = records()
    assert len(found) == 85 + 2 + 2
    assert sum(canonical_sha256 is not None for _, canonical_sha256, _ in found) == 72 + 2 + 2
    for record, canonical_sha256, number in found:
        assert canonical_sha256 in (None, digest(record))
        assert pith_number_of(record, digest(record)) == number
        assert is_pith_number(number)


def test_suffix_of_every_digest() -> None:
    """SPEC 2.2, of the pages that show no record too."""
    pairs = [
        (x["canonical_sha256"], x["pith_number"]) for x in vectors() if "canonical_sha256" in x
    ]
    assert len(pairs) == 137
    for canonical_sha256, number in pairs:
        assert pith_suffix(canonical_sha256) == number.split(":")[2]


def test_old_style_ids_and_high_versions_and_empty_licenses_are_among_them() -> None:
    """SPEC 2.7: what the tests above have therefore seen."""
    sources = [record["source"] for record, _, _ in records()]
    assert any("/" in source["id"] for source in sources)
    assert len({source["version"] for source in sources}) > 3
    assert any(record["metadata"]["license"] == "" for record, _, _ in records())


def test_short_numbers() -> None:
    """SPEC 2.2."""
    found = [
        (x["short_pith_number"], x["pith_number"]) for x in (document(BUNDLE), document(RECORD))
    ]
    assert found == [
        ("pith:X5HLR35A", "pith:2026:X5HLR35ABEVRWIQTMZXKSPXDDP"),
        ("pith:X72AYRLP", "pith:2025:X72AYRLPIFP2UVYVUQLNZSTJUW"),
    ]
    assert all(short_pith_number(number) == short for short, number in found)


def aliases_beside_sources() -> list[tuple[list[Any], dict[str, Any], dict[str, Any]]]:
    """(aliases, source, page) of every page that shows both."""
    found = []
    for page in vectors():
        if "aliases" in page:
            source = {"id": page.get("source_id"), "version": page.get("source_version")}
            if "canonical_record" in page:
                source = page["canonical_record"]["source"]
            found.append((page["aliases"], source, page))
    for page, name in ((document(BUNDLE), "source_aliases"), (document(RECORD), "aliases")):
        found.append((page[name], page["source"], page))
    for state in (document(STATE), document(BUNDLE)["state"]):
        current = state["current"]
        found.append((current["source_aliases"], current["canonical_record"]["source"], state))
    return found


def test_aliases_of_every_page() -> None:
    """SPEC 2.4: kinds, values and order. The old pages show three of the six."""
    found = aliases_beside_sources()
    assert len(found) == 138 + 2 + 2
    lengths = Counter()
    for aliases, source, page in found:
        shown = [(alias["alias_kind"], alias["alias_value"]) for alias in aliases]
        expected = list(alias_values(source, page["pith_number"]).items())
        assert shown == expected[: 3 if page.get("page_kind") == "html_old" else 6]
        assert shown == sorted(shown)
        lengths[len(shown)] += 1
    assert lengths == {3: 15, 6: 127}


def test_dates_of_aliases() -> None:
    """SPEC 2.4: one date, but for the short ones of numbers of the first days."""
    counts = Counter()
    for aliases in (page["aliases"] for page in vectors() if "aliases" in page):
        dates = [alias["created_at"] for alias in aliases]
        if dates[0] is None:
            counts["undated"] += 1
        elif dates[0] < LATER_SHORT_ALIASES:
            counts["later short aliases"] += 1
            assert dates[0] == dates[1] == dates[2] < min(dates[3:])
        else:
            counts["one date"] += 1
            assert len(set(dates)) == 1
    assert counts == {"undated": 49 + 15, "later short aliases": 63, "one date": 11}


def test_date_of_aliases_is_the_records() -> None:
    """SPEC 2.4, of the numbers of which two pages show the one and the other."""
    computed = {
        x["pith_number"]: x["first_computed_at"] for x in vectors() if "first_computed_at" in x
    }
    tested = 0
    for page in vectors():
        dated = page["page_kind"] in ("bundle", "state")
        if dated and page["pith_number"] in computed:
            first_computed_at = computed[page["pith_number"]]
            assert page["aliases"][0]["created_at"] == f"{first_computed_at[:19]}Z"
            tested += 1
    assert tested == 3


def test_titles() -> None:
    """SPEC 2.5."""
    pages = [page for page in vectors() if "title" in page and "canonical_record" in page]
    found = [(page["title"], page["canonical_record"]) for page in pages]
    found.append((document(RECORD)["paper"]["title"], document(RECORD)["canonical_record"]))
    for state in (document(BUNDLE)["state"], document(STATE)):
        [snapshot] = state["current"]["graph_snapshots"]
        title = snapshot["payload"]["graph_snapshot"]["paper"]["title"]
        found.append((title, state["current"]["canonical_record"]))
    assert len(found) == 14 + 1 + 2
    for title, record in found:
        assert title_digest(title) == record["metadata"]["title_canon_sha256"]
    # A rule that keeps upper case or strips punctuation would fail.
    assert all(title != title.lower() for title, _ in found)
    assert any(":" in title for title, _ in found)


def snapshots() -> list[dict[str, Any]]:
    found = [document(RECORD)["graph_snapshot"]]
    for state in (document(BUNDLE)["state"], document(STATE)):
        found += [
            entry["payload"]["graph_snapshot"] for entry in state["current"]["graph_snapshots"]
        ]
    return found


def test_sections_of_snapshots() -> None:
    """SPEC 2.6: empty ones in the documents, and four integrity sections with findings."""
    sections = 0
    for snapshot in snapshots():
        for name in ("claims", "references", "formal_canon", "author_claims"):
            assert snapshot[name].get("count", 0) == 0
            assert snapshot[name]["snapshot_sha256"] == digest({"payload": []})
            sections += 1
    assert sections == 3 * 4
    found = [snapshot["integrity"] for snapshot in snapshots()]
    lines = [read_json(line) for line in published("integrity-sections.jsonl").splitlines()]
    assert len(lines) == 4
    assert all(line["findings"] and len(line["detectors_run"]) == 2 for line in lines)
    for section in (*found, *lines):
        payload = {"detectors": section["detectors_run"], "findings": section["findings"]}
        assert digest({"payload": payload}) == section["snapshot_sha256"]
