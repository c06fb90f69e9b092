"""The events that follow from a ``pith_number_record`` (SPEC 10.3)."""

import pytest

from pithmerge.rebuilding import derived_events


@pytest.mark.parametrize("name", ["kind", "id", "version"])
def test_what_a_source_lacks_is_missing_and_what_is_null_is_null(name: str) -> None:
    source = {"kind": "arxiv", "id": "2613.00001", "version": 1}
    record = {"graph_snapshot": {}, "canonical_record": {}, "receipt": {}}

    def payload(**members: object) -> dict[str, object]:
        (_, event), _ = derived_events({**record, "source": members})
        found: dict[str, object] = event["payload"]
        return found

    without = {each: source[each] for each in source if each != name}
    assert f"source_{name}" not in payload(**without)
    assert payload(**without, **{name: None})[f"source_{name}"] is None
    assert payload(**source)[f"source_{name}"] == source[name]
