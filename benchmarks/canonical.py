"""Reading and canonicalising, over the stdlib recipe of SPEC 1.1 on the same value.

The other two libraries write other canonical forms (RFC 8785; Matrix): they are here for scale, on
a document that is valid for all, not because they could stand in.
"""

import json

import canonicaljson
import rfc8785

from benchmarks.bundle import NAME
from benchmarks.common import print_heading, ratios
from pithmerge.canon import canonical_json, read_json
from pithmerge.fixtures import published


def main() -> None:
    """Print the ratios."""
    raw = published(NAME)
    value = json.loads(raw)
    floats = [{"p": 10.0**-n, "q": n / 7, "big": 2**70 + n} for n in range(5, 105)]
    floats_raw = json.dumps(floats).encode()

    def recipe(document: object) -> bytes:
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()

    assert canonical_json(value) == recipe(value)
    assert canonical_json(floats) == recipe(floats)
    print_heading("canonicalising the published bundle / json.dumps by the recipe")
    jobs = [
        ("pithmerge.canon.canonical_json", None, lambda: canonical_json(value)),
        ("rfc8785.dumps (another form)", None, lambda: rfc8785.dumps(value)),
        (
            "canonicaljson.encode_canonical_json (another form)",
            None,
            lambda: canonicaljson.encode_canonical_json(value),
        ),
    ]
    for ratio in ratios(lambda: recipe(value), jobs, rounds=5):
        print(ratio.line())
    print_heading("300 floats and integers that orjson cannot write / json.dumps by the recipe")
    slow = [("pithmerge.canon.canonical_json", None, lambda: canonical_json(floats))]
    for ratio in ratios(lambda: recipe(floats), slow, rounds=5):
        print(ratio.line())
    print_heading("reading / json.loads, which lets repeated members through")
    for name, data in (("the published bundle", raw), ("those 300 numbers", floats_raw)):
        (ratio,) = ratios(
            lambda data=data: json.loads(data),  # type: ignore[misc]
            [(f"pithmerge.canon.read_json, {name}", None, lambda data=data: read_json(data))],
            rounds=5,
        )
        print(ratio.line())


if __name__ == "__main__":
    main()
