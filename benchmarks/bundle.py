"""The published bundle: reading, merging, verifying, over four libsodium verifications."""

import hashlib

import msgspec
import orjson

from benchmarks.common import Ratio, claim_of, print_heading, ratios
from pithmerge import Keyring, load_document, verify_document
from pithmerge.canon import sha256_hex
from pithmerge.crypto import SignedMessage, block_problem, signature_is_valid
from pithmerge.fixtures import published

NAME = "bundle-X5HLR35ABEVRWIQTMZXKSPXDDP.json"


def bundle_ratios(*, rounds: int) -> list[Ratio]:
    """What one bundle costs over the floor: the four signatures that have to be verified."""
    raw = published(NAME)
    keyring = Keyring.default()
    bundle = load_document(raw)
    value = bundle.value
    body = {name: value[name] for name in value if name != "bundle_signature"}
    claim = claim_of(value["events"][0], keyring)

    def floor() -> None:
        for _ in range(4):
            assert signature_is_valid(*claim)

    def verify_and_merge() -> None:
        """All four signatures, and the state, from the bytes of the bundle."""
        document = load_document(raw)
        value = document.value
        body = {name: value[name] for name in value if name != "bundle_signature"}
        bundle_sha256 = sha256_hex(document.canonical(body))
        block = value["bundle_signature"]
        assert block_problem(block, SignedMessage.BUNDLE, bundle_sha256, keyring) is None
        assert document.merge().to_json() == document.compact(value["state"])

    def every_check() -> None:
        assert verify_document(load_document(raw)).ok

    digested = [body, value["canonical_record"], *value["events"]]
    state_json = bundle.merge().to_json()

    def calls_into_c() -> None:
        """What the rules ask of any Python program, without a line of Python between."""
        assert orjson.dumps(msgspec.json.decode(raw)) == raw
        for part in digested:
            hashlib.sha256(orjson.dumps(part, option=orjson.OPT_SORT_KEYS)).hexdigest()
        hashlib.sha256(state_json).hexdigest()
        assert orjson.dumps(value["state"]) == state_json

    jobs = [
        ("reading, canonicalising, digesting: the calls into C alone", None, calls_into_c),
        ("read, merge, compare the state, verify 4 signatures", 1.6, verify_and_merge),
        ("the same with every statement checked", 1.35, every_check),
    ]
    return ratios(floor, jobs, rounds=rounds)


def main() -> None:
    """Print the ratios."""
    print_heading("the published bundle (13,981 bytes) / 4 libsodium verifications")
    for ratio in bundle_ratios(rounds=15):
        print(ratio.line())


if __name__ == "__main__":
    main()
