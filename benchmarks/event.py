"""One event, from bytes to verdict, beside signedjson and a plain json + cryptography script.

All three read JSON, canonicalise it and verify one Ed25519 signature of the same event. The other
two check less: no form, no digests, no windows, nothing about the signer. And they accept other
signatures: signedjson those of Matrix over other canonical bytes, `cryptography` those of OpenSSL.
So each verifies a signature that was made for it.
"""

import base64
import json

import orjson
import signedjson.key
import signedjson.sign
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from benchmarks.common import Job, print_heading, ratios
from benchmarks.scale import NUMBER, SIGNERS, graph
from pithmerge import V1, Keyring, Merger
from pithmerge.canon import read_value
from pithmerge.core.candidate import Candidate
from pithmerge.core.judging import Pending, judge


def main() -> None:
    """Print the ratios."""
    (raw,) = graph(1)
    keyring = Keyring(tuple(signer.key for signer in SIGNERS))
    value = json.loads(raw)
    content = {
        name: value[name]
        for name in value
        if name not in ("content_sha256", "event_id", "signature")
    }

    def parse_to_verdict() -> None:
        candidate = Candidate(read_value(raw), rules=V1, pith_number=NUMBER, keyring=keyring)
        verdict = judge(candidate, verify_signatures=True)
        assert isinstance(verdict, Pending)
        assert verdict.settled().reason is None

    def whole_merge() -> None:
        merger = Merger(NUMBER, keyring=keyring)
        merger.add([raw])
        merger.state().to_json()

    print_heading(f"one event of {len(raw):,} bytes, from bytes to verdict / another program")
    jobs = [
        ("pithmerge, read and judge", 1.0, parse_to_verdict),
        ("pithmerge, merge it to a state's bytes", None, whole_merge),
    ]
    for name, floor in (
        ("signedjson", _signedjson(content)),
        ("json + cryptography", _plain_script(content)),
    ):
        for ratio in ratios(floor, jobs, rounds=9):
            print(f"over {name}: {ratio.line()}")


def _signedjson(content: dict[str, object]) -> Job:
    key = signedjson.key.generate_signing_key("1")
    verify_key = signedjson.key.get_verify_key(key)
    raw = orjson.dumps(signedjson.sign.sign_json(dict(content), "example", key))

    def job() -> None:
        signedjson.sign.verify_signed_json(json.loads(raw), "example", verify_key)

    return job


def _plain_script(content: dict[str, object]) -> Job:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()

    def canonical(value: object) -> bytes:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()

    signature = base64.b64encode(key.sign(canonical(content))).decode()
    raw = orjson.dumps({**content, "signature": signature})

    def job() -> None:
        value = json.loads(raw)
        signed = base64.b64decode(value.pop("signature"))
        Ed25519PublicKey.from_public_bytes(public).verify(signed, canonical(value))

    return job


if __name__ == "__main__":
    main()
