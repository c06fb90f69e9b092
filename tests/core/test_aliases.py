"""The aliases beside the events: given, chosen among, derived (SPEC 2.4, 8.6)."""

from typing import Any

import pytest

from pithmerge import CanonicalFormError, MergeError, PithmergeError, load_document, merge
from tests.support.paper import KEYRING, NUMBER, STATE_FILE, bundle_of, day, nested, record_created


def refusal(events: Any, kind: type[PithmergeError] = MergeError, **arguments: Any) -> str:
    """What is said to someone who calls ``merge`` like that."""
    with pytest.raises(kind) as raised:
        merge(events, **{"keyring": KEYRING, **arguments})
    assert type(raised.value) is kind
    assert "\n" not in str(raised.value)
    return str(raised.value)


ALIAS = {"alias_kind": "doi", "alias_value": "10.1/x", "created_at": day(1)}


class TestSourceAliases:
    @pytest.mark.parametrize("aliases", ["arxiv", b"arxiv", ALIAS])
    def test_a_single_one_is_no_list(self, aliases: Any) -> None:
        assert refusal([], pith_number=NUMBER, source_aliases=aliases) == (
            f"source_aliases must be a list of aliases, not a {type(aliases).__name__}: put a "
            "single one into a list"
        )

    @pytest.mark.parametrize(
        "aliases",
        [5, 0, False, "", {}, load_document(STATE_FILE)],
        ids=lambda each: type(each).__name__,
    )
    def test_what_is_no_list_is_refused(self, aliases: Any) -> None:
        assert refusal([], pith_number=NUMBER, source_aliases=aliases) == (
            f"source_aliases must be a list of aliases, not a {type(aliases).__name__}: put a "
            "single one into a list"
        )

    @pytest.mark.parametrize(
        "alias",
        [
            None,
            "doi",
            [],
            {},
            *({**ALIAS, name: value} for name in ALIAS for value in (None, 5, ["x"])),
            *({other: ALIAS[other] for other in ALIAS if other != name} for name in ALIAS),
        ],
        ids=repr,
    )
    def test_what_is_no_alias_is_refused_by_its_place(self, alias: Any) -> None:
        assert refusal([], pith_number=NUMBER, source_aliases=[ALIAS, alias]) == (
            "source_aliases[1] is no alias (SPEC 8.6): give an object with the strings "
            "alias_kind, alias_value and created_at"
        )

    @pytest.mark.parametrize(
        "note",
        [float("nan"), "\ud800", object(), nested(128)],
        ids=["nan", "surrogate", "object", "deep"],
    )
    def test_an_alias_without_canonical_form_is_refused(self, note: Any) -> None:
        aliases = [{**ALIAS, "note": note}]
        refusal([], CanonicalFormError, pith_number=NUMBER, source_aliases=aliases)

    def test_any_iterable_of_them_will_do(self) -> None:
        for aliases in ([ALIAS], (ALIAS,), iter([ALIAS])):
            state = merge([], pith_number=NUMBER, source_aliases=aliases)
            assert state.to_dict()["current"]["source_aliases"] == [ALIAS]

    def test_what_an_alias_says_of_itself_does_not_count(self) -> None:
        class Silent(dict[str, Any]):
            def items(self) -> Any:
                return iter(())

        for alias in (Silent(ALIAS, note=1e-7), {**ALIAS, "note": 1e-7}):
            for aliases in ([alias], [ALIAS, {**alias, "alias_kind": "z"}]):
                state = merge([], pith_number=NUMBER, source_aliases=aliases)
                assert b'"note":1e-07' in state.to_json()

    def test_one_of_each_name_is_kept_the_earliest_and_least(self) -> None:
        early, late = ALIAS, {**ALIAS, "created_at": day(2)}
        noted = [{**early, "note": note} for note in ("b", "a")]
        other = {**ALIAS, "alias_kind": "arxiv"}
        second = {**ALIAS, "alias_value": "10.1/y"}
        for given, kept in (
            ([late, early], [early]),
            ([early, late], [early]),
            (noted, [noted[1]]),
            # A comma is less than the closing brace.
            ([noted[1], early], [noted[1]]),
            ([second, early, other], [other, early, second]),
        ):
            for aliases in (given, given[::-1]):
                state = merge([], pith_number=NUMBER, source_aliases=aliases)
                assert state.to_dict()["current"]["source_aliases"] == kept

    def test_none_given_derives_them_of_the_record(self) -> None:
        events = [record_created()]
        derived = merge(events, keyring=KEYRING).to_dict()["current"]["source_aliases"]
        assert derived == bundle_of(*events)["source_aliases"]
        assert {alias["created_at"] for alias in derived} == {day(1)}
        assert merge(events, keyring=KEYRING, source_aliases=[]).to_dict()["current"][
            "source_aliases"
        ] == derived  # fmt: skip
        given = merge(events, keyring=KEYRING, source_aliases=[ALIAS]).to_dict()
        assert given["current"]["source_aliases"] == [ALIAS]
