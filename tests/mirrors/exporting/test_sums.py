"""The file of checksums, looked up and edited where its lines stand."""

import hashlib
import random
from typing import Any

from pithmerge.mirrors.exporting import sums
from pithmerge.mirrors.exporting.sums import Sums


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def file_of(digests: dict[str, str]) -> bytes:
    return "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(digests.items())).encode()


def test_edits_come_to_what_the_whole_file_would_be() -> None:
    draw = random.Random(1)
    names = [f"{place}/{number:02}" for place in ("a", "b", "b-", "c") for number in range(30)]
    names += ["a", "z", "b.json"]
    for _ in range(200):
        before = {name: digest(name) for name in draw.sample(names, draw.randrange(len(names)))}
        found = Sums(file_of(before))
        assert bool(found) is bool(before)
        for name in names:
            assert found.get(name) == before.get(name)
        for prefix in ("a/", "b/", "b/1", "b-", "", "x"):
            assert found.beginning(prefix) == {
                name: sha256 for name, sha256 in before.items() if name.startswith(prefix)
            }
        kept = tuple(draw.sample(("a/", "b/", "c/0"), draw.randrange(4)))
        changes: dict[str, str | None] = {
            name: draw.choice((None, digest("new"))) for name in draw.sample(names, 9)
        }
        after = {name: sha256 for name, sha256 in before.items() if name.startswith(kept)}
        after = {name: sha256 for name, sha256 in (after | changes).items() if sha256 is not None}
        assert found.edited(kept, changes) == file_of(after)
        # And nothing of it was changed.
        assert found.edited(("",), {}) == file_of(before)


def test_work_follows_the_changes(monkeypatch: Any) -> None:
    looked = 0
    name_in = sums._name_in

    def counting(line: bytes) -> bytes:
        nonlocal looked
        looked += 1
        return name_in(line)

    monkeypatch.setattr(sums, "_name_in", counting)
    found = Sums(file_of({f"index/{number:06}": digest("") for number in range(50_000)}))
    found.edited(("index/",), {"index/000007": digest("x"), "index/1": digest("y")})
    assert looked < 100
