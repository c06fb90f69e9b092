"""Passwords and tokens in URLs: they open the sources, and are written nowhere."""

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from pithmerge.mirrors.merge import merge_mirror
from pithmerge.mirrors.reading.parts import SourceError
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.running.runs import RunInterrupted
from pithmerge.mirrors.synthetic import synthetic_bundle, synthetic_keyring
from pithmerge.mirrors.verify import verify_mirror
from pithmerge.showing import redacted
from tests.support.mirror_sources import Interrupted

SECRETS = ("hunter2", "s3cr3t", "me:")


class Vault(MemoryFileSystem):  # type: ignore[misc]
    """Files in memory for who says the password, which is part of their names, as in HTTP."""

    protocol = "vault"
    store: dict[str, Any] = {}  # noqa: RUF012 - as the class that it is one of has it

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return f"/{path.removeprefix('vault://').strip('/')}"

    def unstrip_protocol(self, name: str) -> str:
        return f"vault://{name.lstrip('/')}"

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        if "r" in mode and not path.startswith("/me:hunter2@"):
            raise PermissionError(None, f"vault:/{path} is closed")
        return super()._open(path, mode, **options)

    def cat_file(self, path: str, **_: Any) -> Any:
        with self.open(path) as file:
            return file.read()


@pytest.fixture(autouse=True)
def vault() -> Iterator[None]:
    fsspec.register_implementation("vault", Vault, clobber=True)
    files = Vault()
    for index in range(3):
        files.pipe(f"/me:hunter2@host/in/{index}.ndjson", synthetic_bundle(0, index) + b"\nno\n")
    files.pipe("/me:hunter2@host/one.json?token=s3cr3t", synthetic_bundle(0, 4))
    yield
    Vault.store.clear()


SOURCES = [
    "vault://me:hunter2@host/in",
    "vault://me:hunter2@host/in/*.ndjson",
    "vault://me:hunter2@host/in/1.ndjson",
]


@pytest.mark.parametrize("source", SOURCES)
def test_nothing_that_a_run_writes_tells_a_secret(
    source: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    report, states = tmp_path / "r.ndjson", tmp_path / "s.ndjson"
    sources = [source, "vault://me:hunter2@host/in/2.ndjson"]
    options: Any = {"keyring": synthetic_keyring()}
    with pytest.raises(RunInterrupted):
        verify_mirror(sources, report, engine=Interrupted(1), **options)
    assert_no_secrets(tmp_path)
    summary = verify_mirror(sources, report, engine=LocalEngine(1), resume=True, **options)
    assert summary.resumed == 2
    assert summary.total.outcomes["ok"] == summary.total.outcomes["unreadable"]
    assert b"vault://***@host/in/1.ndjson:2" in report.read_bytes()
    assert not [slow for slow in summary.total.slowest if told(slow.document)]
    with pytest.raises(RunInterrupted):
        merge_mirror(sources, states, engine=Interrupted(2), report=report, **options)
    assert_no_secrets(tmp_path)
    merge_mirror(sources, states, engine=LocalEngine(1), report=report, resume=True, **options)
    assert_no_secrets(tmp_path)
    assert not told(caplog.text)


@pytest.mark.parametrize(
    "source",
    [
        "vault://me:hunter2@host/nothing.json?token=s3cr3t",
        "vault://me:hunter2@host/in/x.txt?token=s3cr3t",
        "nope://me:hunter2@host/x.json?token=s3cr3t",
        "vault://me:hunter2@host/none/*.json",
    ],
)
def test_no_error_tells_a_secret(source: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as raised:
        verify_mirror([source], tmp_path / "r.ndjson", engine=LocalEngine(1))
    assert not told("".join(traceback.format_exception(raised.value)))
    assert "://***@host/" in str(raised.value)


def told(text: str) -> bool:
    return any(secret in text for secret in SECRETS)


def assert_no_secrets(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            assert not told(path.read_bytes().decode("latin-1")), path


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:hunter2@host/x", "https://***@host/x"),
        ("https://me:hun@ter2@host/x", "https://***@host/x"),
        ("https://hunter2@host", "https://***@host"),
        ("https://host/x?token=s3cr3t&id=7", "https://host/x?token=***&id=***"),
        ("https://host/x?s3cr3t", "https://host/x?***"),
        ("https://host/x#access_token=s3cr3t", "https://host/x#access_token=***"),
        ("s3://bucket/key?secret=s3cr3t&key=me:", "s3://bucket/key?secret=***&key=***"),
        ("zip://a.json::https://me:hunter2@h/x.zip", "zip://a.json::https://***@h/x.zip"),
        ("404 for url: 'https://me:hunter2@h/x?t=s3cr3t'", "404 for url: 'https://***@h/x?t=***'"),
        ("https://host/@me/x", "https://host/@me/x"),
        ("s3://bucket/a b.json", "s3://bucket/a b.json"),
        ("what?is=this", "what?is=this"),
        ("me@host", "me@host"),
    ],
)
def test_what_is_left_of_a_url(text: str, shown: str) -> None:
    assert redacted(text) == shown
    if not text.startswith("404"):
        assert redacted(text, is_url=True) == shown
