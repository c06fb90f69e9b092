"""Passwords and tokens of mirrors: they open them, and are written nowhere."""

import base64
import json
import logging
from pathlib import Path

import pytest

from pithmerge.mirrors.living.opened import open_mirror
from tests.support.cli_helpers import pithmerge
from tests.support.living import made
from tests.support.pulling import BUNDLES, NUMBERS, SUFFIXES, path_of, pulled, rows_of
from tests.support.serving import Answer, Request, redirect, reply, serving, written_manifest

SECRETS = ("hunter2", "s3cr3t", base64.b64encode(b"me:hunter2").decode())
MARK = f"Basic {SECRETS[2]}"


def opened_by_secrets(request: Request, _: object) -> bytes:
    if request.headers.get("authorization") != MARK:
        return reply(status="401 x", www_authenticate="Basic")
    suffix = request.path.partition("suffix=")[2].partition("&")[0]
    if suffix == SUFFIXES[2]:
        return reply(status="500 x")
    if request.headers.get("if-none-match") == f'"{suffix}"':
        return reply(status="304 Not Modified", content_length="")
    return reply(BUNDLES[SUFFIXES.index(suffix)], etag=f'"{suffix}"')


def entry(address: str) -> dict[str, str]:
    """A mirror that is opened by a password and a token, and names the paper in the query."""
    opened = address.replace("://", "://me:hunter2@")
    return {"bundle_pattern": f"{opened}/get?suffix={{suffix}}&token=s3cr3t"}


def answers() -> dict[str, Answer]:
    return {f"/get?suffix={suffix}&token=s3cr3t": opened_by_secrets for suffix in SUFFIXES}


def written(folder: Path) -> list[Path]:
    """The files of a folder in which a secret stands."""
    return [
        file
        for file in sorted(folder.rglob("*"))
        if file.is_file() and any(each.encode() in file.read_bytes() for each in SECRETS)
    ]


def test_they_are_written_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = made(tmp_path / "mirror")
    caplog.set_level(logging.DEBUG)
    with serving(answers()) as server:
        manifest = tmp_path / "manifest.json"
        manifest.write_text(json.dumps({
            "manifest_type": "pith_mirror_manifest", "manifest_version": "1.0",
            "merge_version": "pith-open-graph-merge-v1", "mirrors": [entry(server.address)],
        }))  # fmt: skip
        result = pulled(folder, str(manifest))
        again = pulled(folder, str(manifest))
        printed = pithmerge("mirror", "pull", folder, *NUMBERS, "--manifest", manifest,
                            "--retries", "0", "-p", "1", "--json")  # fmt: skip
        text = pithmerge("mirror", "pull", folder, *NUMBERS, "--manifest", manifest,
                         "--retries", "0", "-p", "1")  # fmt: skip
    assert (result.updated.learned.new, result.unavailable, printed.code) == (2, 1, 3)
    # Two that differ in nothing but their query are told apart all the same.
    assert (again.unchanged, again.updated.learned.new) == (2, 0)
    assert len(rows_of(result)) == 1
    assert NUMBERS[2] in (rows_of(result)[0].document or "")
    with open_mirror(folder) as mirror:
        log = json.dumps([mirror.log(number) for number in NUMBERS[:2]])
    said = [log, str(result.to_dict()), caplog.text, printed.text, text.text,
            *printed.messages, *text.messages]  # fmt: skip
    assert [each for each in said if any(secret in each for secret in SECRETS)] == []
    assert written(folder) == []


def test_they_do_not_go_to_another_server(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    with serving({"/there": reply(BUNDLES[0])}) as other, serving({}) as server:
        path = f"/get?suffix={SUFFIXES[0]}&token=s3cr3t"
        server.answers[path] = redirect(f"{other.address}/there")
        manifest = tmp_path / "manifest.json"
        manifest.write_text(json.dumps({
            "manifest_type": "pith_mirror_manifest", "manifest_version": "1.0",
            "merge_version": "pith-open-graph-merge-v1", "mirrors": [entry(server.address)],
        }))  # fmt: skip
        assert pulled(folder, str(manifest), NUMBERS[:1]).updated.learned.new == 1
    assert server.requests[0].headers["authorization"] == MARK
    assert "authorization" not in other.requests[0].headers
    assert "referer" not in other.requests[0].headers


def test_nor_are_they_said_in_the_words_of_others(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    said = b"HTTP/9 http://me:hunter2@a.example/?token=s3cr3t \xff\r\n\r\n"
    with serving({path_of(SUFFIXES[0]): said}) as server:
        file = written_manifest(tmp_path, server.address)
        (row,) = rows_of(pulled(folder, file, NUMBERS[:1]))
    assert row.message is not None
    assert "://***@a.example/?token=***" in row.message


def test_a_manifest_behind_a_password(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    with serving({"/m?token=s3cr3t": reply(status="403 x")}) as server:
        address = server.address.replace("://", "://me:hunter2@")
        done = pithmerge(
            "mirror", "pull", folder, "--known", "--manifest", f"{address}/m?token=s3cr3t"
        )
        assert server.requests[0].headers["authorization"] == MARK
    shown = server.address.replace("://", "://***@")
    assert done.error == f"{shown}/m?token=***: 403 Forbidden: check the address, or name a file"
