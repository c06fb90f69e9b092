"""Ed25519 verdicts on the edge vectors of others: SPEC 3.2.

The vectors are not part of this project. The tests read them from ``shared/ed25519`` beside the
repository's folder, and skip where they are not:

* ``ed25519-speccheck.json``: novifinancial/ed25519-speccheck
* ``ed25519-cctv.json``: C2SP/CCTV
* ``ed25519-wycheproof.json``: C2SP/wycheproof
"""

import json
from pathlib import Path
from typing import Any

import pytest

from pithmerge.crypto import signature_is_valid
from tests.support import curve

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "ed25519"
NAMES = ("speccheck", "cctv", "wycheproof")

if not all((FOLDER / f"ed25519-{name}.json").is_file() for name in NAMES):
    pytest.skip(
        "the third-party Ed25519 vectors are not in shared/ed25519 beside the repository",
        allow_module_level=True,
    )

SPECCHECK, CCTV, WYCHEPROOF = (
    json.loads((FOLDER / f"ed25519-{name}.json").read_text(encoding="utf-8")) for name in NAMES
)
# Of the twelve, the only one whose A and R have large order and that needs no cofactor to hold.
SPECCHECK_ACCEPTED = {3}
CCTV_ACCEPTED = 43


@pytest.mark.parametrize("index", range(len(SPECCHECK)))
def test_speccheck(index: int) -> None:
    names = ("pub_key", "message", "signature")
    public_key, message, signature = (bytes.fromhex(SPECCHECK[index][name]) for name in names)
    assert signature_is_valid(public_key, message, signature) == (index in SPECCHECK_ACCEPTED)
    assert curve.accepted_by_rule(public_key, message, signature) == (index in SPECCHECK_ACCEPTED)


@pytest.mark.parametrize(
    ("public_key", "vector"),
    [
        pytest.param(group["publicKey"]["pk"], vector, id=str(vector["tcId"]))
        for group in WYCHEPROOF["testGroups"]
        for vector in group["tests"]
    ],
)
def test_wycheproof(public_key: str, vector: dict[str, Any]) -> None:
    key, message, signature = map(bytes.fromhex, (public_key, vector["msg"], vector["sig"]))
    assert signature_is_valid(key, message, signature) == (vector["result"] == "valid")
    assert curve.accepted_by_rule(key, message, signature) == (vector["result"] == "valid")


def test_cctv() -> None:
    accepted = 0
    for vector in CCTV:
        key, signature = bytes.fromhex(vector["key"]), bytes.fromhex(vector["sig"])
        message = vector["msg"].encode()
        expected = curve.accepted_by_rule(key, message, signature)
        assert signature_is_valid(key, message, signature) == expected, vector
        accepted += expected
    assert accepted == CCTV_ACCEPTED


def test_no_vector_is_missing() -> None:
    assert len(SPECCHECK) == 12
    assert len(CCTV) == 914
    assert sum(len(group["tests"]) for group in WYCHEPROOF["testGroups"]) == 151
