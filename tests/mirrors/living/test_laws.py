"""A mirror knows the same of the same documents, however they come."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge.mirrors.synthetic import synthetic_keyring
from tests.support.living import EVIDENCE, content_of, made, updated
from tests.support.merged_mirrors import documents_of_mirrors
from tests.support.mirror_sources import lines_of

DOCUMENTS = [document for held in documents_of_mirrors() for document in held[:12]]


def known_of(splits: Sequence[Sequence[bytes]], keys_after: int) -> dict[str, list[Any]]:
    """What a mirror knows that got the documents in so many updates, the keys before one."""
    with TemporaryDirectory() as folder:
        mirror = made(Path(folder, "mirror"), keyring=None if keys_after == 0 else _NOBODY)
        for index, documents in enumerate([*splits, []], 1):
            source = Path(folder, f"{index}.ndjson")
            source.write_bytes(lines_of(documents))
            keyring = synthetic_keyring() if index == keys_after else None
            updated(mirror, source, keyring=keyring)
        return content_of(mirror, EVIDENCE)


_NOBODY = synthetic_keyring().empty()
ALL_AT_ONCE = known_of([DOCUMENTS], 0)


@settings(max_examples=12)
@given(
    st.permutations(DOCUMENTS),
    st.lists(st.integers(0, len(DOCUMENTS)), max_size=3),
    st.data(),
)
def test_any_order_and_any_split_come_to_the_same(
    documents: list[bytes], cuts: list[int], data: st.DataObject
) -> None:
    ends = [0, *sorted(cuts), len(documents)]
    splits = [documents[start:stop] for start, stop in pairwise(ends)]
    # Some come twice.
    splits[-1] += data.draw(st.lists(st.sampled_from(DOCUMENTS), max_size=3))
    keys_after = data.draw(st.integers(0, len(splits) + 1))
    assert known_of(splits, keys_after) == ALL_AT_ONCE
