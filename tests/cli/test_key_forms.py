"""``--key`` in the forms in which public keys come."""

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.crypto.test_key_files import WRONG
from tests.support.cli_documents import REGISTRY, needs_posix, write_mirrors
from tests.support.cli_helpers import Run, run_all

KEY = REGISTRY.key
PEM = Ed25519PublicKey.from_public_bytes(KEY.public_key).public_bytes(
    Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
)


@needs_posix
def test_the_commands_take_them(tmp_path: Path) -> None:
    mirrors = write_mirrors(tmp_path)
    pem, a = tmp_path / "key.pem", mirrors / "a.json"
    pem.write_bytes(PEM)
    names: tuple[Any, ...] = (
        *("--signer-id", KEY.signer_id, "--signer-type", KEY.signer_type, "--key-id", KEY.key_id),
    )
    report = ("--report", tmp_path / "r.ndjson")
    results = run_all(
        {
            "verify": Run(("verify", "--key", pem, *names, a)),
            "merge": Run(("merge", "--strict", "--key", pem, *names, a)),
            "mirror": Run(("mirror", "verify", "--key", pem, *names, a, *report)),
            "nobody": Run(("verify", "--key", pem, a)),
            "needless": Run(("verify", "--key", mirrors / "keys.json", *names, a)),
            "no file": Run(("verify", *names, a)),
            "private": Run(("verify", "--key", "-", *names, a), WRONG["private PEM"][0]),
        }
    )
    assert [results[name].code for name in ("verify", "merge", "mirror")] == [0, 0, 0]
    assert results["nobody"].error.startswith(f"{pem}: a key file names whom it trusts, and this")
    assert results["private"].error.startswith("stdin: it is a private key: give the public one")
    for name in ("needless", "no file"):
        assert "are for --key files that do not say it" in results[name].error
