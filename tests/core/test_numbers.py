"""Pith Numbers, aliases and titles (SPEC 2.2, 2.4, 2.5): `pithmerge.core.numbers`."""

import base64
import hashlib
import json
from typing import Any

import pytest

from pithmerge.building import number_of
from pithmerge.core.numbers import (
    alias_values,
    is_pith_number,
    pith_suffix,
    short_pith_number,
    title_digest,
)
from tests.support.paper import NUMBER, PUBLISHED


class TestNumbers:
    def test_the_year_is_that_of_the_submission_not_of_the_id(self) -> None:
        """SPEC 2.2: id 1701.00053 was submitted on the last day of 2016."""
        record = {
            "metadata": {"submitted_at": "2016-12-31T23:59:59Z"},
            "source": {"id": "1701.00053"},
        }
        assert number_of(record).startswith("pith:2016:")

    def test_the_suffix_is_base32_of_the_digest(self) -> None:
        for number in range(50):
            sha256 = hashlib.sha256(bytes([number]))
            expected = base64.b32encode(sha256.digest()).decode()[:26]
            assert pith_suffix(sha256.hexdigest()) == expected
        assert pith_suffix("0" * 64) == "A" * 26
        assert pith_suffix("f" * 64) == "7" * 26

    def test_every_published_number_recomputes(self) -> None:
        lines = (PUBLISHED / "vectors.jsonl").read_text(encoding="utf-8").splitlines()
        vectors = [vector for vector in map(json.loads, lines) if "canonical_record" in vector]
        assert len(vectors) > 70
        for vector in vectors:
            record = vector["canonical_record"]
            assert number_of(record) == vector["pith_number"]
            values = alias_values(record["source"], vector["pith_number"])
            for alias in vector.get("aliases", []):
                assert values[alias["alias_kind"]] == alias["alias_value"]

    def test_the_short_number(self) -> None:
        assert short_pith_number("pith:2026:X5HLR35ABEVRWIQTMZXKSPXDDP") == "pith:X5HLR35A"

    def test_the_form_of_a_number(self) -> None:
        assert is_pith_number(NUMBER)
        for value in (None, 5, "", NUMBER[1:], f"{NUMBER}\n", NUMBER.lower(), [NUMBER]):
            assert not is_pith_number(value)

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ({"id": "2606.01509", "version": 1}, ("2606.01509", "2606.01509v1")),
            ({"id": "hep-lat/0305021", "version": 18}, ("hep-lat/0305021", "hep-lat/0305021v18")),
            ({"id": 2606.5, "version": "1"}, ("2606.5", "2606.5v1")),
            ({"id": 1e-7, "version": 1.0}, ("1e-07", "1e-07v1.0")),
            ({"id": True, "version": None}, ("true", "truev" + "null")),
            ({"id": {"b": 1, "a": "é"}, "version": [1, 2]},
             ('{"a":"é","b":1}', '{"a":"é","b":1}v[1,2]')),
            ({"id": "", "version": 10**20}, ("", f"v{10**20}")),
        ],
    )  # fmt: skip
    def test_aliases_also_of_ids_that_are_no_strings(
        self, source: dict[str, Any], expected: tuple[str, str]
    ) -> None:
        suffix = NUMBER[-26:]
        assert list(alias_values(source, NUMBER).items()) == [
            ("arxiv", expected[0]),
            ("arxiv_version", expected[1]),
            ("doi", f"10.48550/arxiv.{expected[0]}"),
            ("pith_short_12", suffix[:12]),
            ("pith_short_16", suffix[:16]),
            ("pith_short_8", suffix[:8]),
        ]

    @pytest.mark.parametrize(
        ("title", "canonical"),
        [
            ("A Title", "a title"),
            ("  A\t\n Title\r\n", "a title"),
            ("A\u00a0Title\u2003Here", "a title here"),
            ("", ""),
            (" \n ", ""),
            ("On $\\mathcal{O}(N^2)$, Again!", "on $\\mathcal{o}(n^2)$, again!"),
            ("ÜBER STRASSE ÉCOLE", "über strasse école"),
            ("Straße", "straße"),
            ("e\u0301 \u00e9", "e\u0301 \u00e9"),
            ("日本語", "日本語"),
            ("mixture-of-experts", "mixture-of-experts"),
        ],
    )
    def test_the_digest_of_a_title(self, title: str, canonical: str) -> None:
        assert title_digest(title) == hashlib.sha256(canonical.encode()).hexdigest()

    def test_every_published_title_recomputes(self) -> None:
        lines = (PUBLISHED / "vectors.jsonl").read_text(encoding="utf-8").splitlines()
        titled = [
            (vector["title"], vector["canonical_record"]["metadata"]["title_canon_sha256"])
            for vector in map(json.loads, lines)
            if "title" in vector and "canonical_record" in vector
        ]
        assert len(titled) > 10
        for title, expected in titled:
            assert title_digest(title) == expected
