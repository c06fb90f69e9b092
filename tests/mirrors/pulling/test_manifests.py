"""Mirror manifests: which patterns are asked, and what is said of those that cannot be."""

import json
from pathlib import Path
from typing import Any

import pytest

from pithmerge.fixtures import published
from pithmerge.mirrors.living import MirrorError
from pithmerge.mirrors.pulling import ListedMirror, read_manifest
from pithmerge.mirrors.pulling.manifests import published_manifest
from tests.support.cli_helpers import pithmerge
from tests.support.living import made
from tests.support.pulling import NUMBERS, pulled, served_bundles
from tests.support.serving import manifest, reply, serving

PATTERN = "https://a.example/{suffix}.json"


def read(*mirrors: Any, address: str | None = None) -> tuple[ListedMirror, ...]:
    return read_manifest(manifest(*mirrors), name="m.json", address=address)


def test_the_registrys() -> None:
    (mirror,) = read_manifest(published_manifest(), name="it")
    assert mirror == ListedMirror(
        "Pith Resolver",
        (
            "https://pith.science/pith/{suffix}/bundle.json",
            "https://pith.science/.well-known/pith/{suffix}/bundle.json",
        ),
        None,
        "https://pith.science/pith/{suffix}/state.json",
    )


def test_what_patterns_are_relative_to() -> None:
    entry = {"bundle_pattern": "pith/{suffix}/bundle.json", "events_pattern": "/e/{suffix}"}
    for base, address in (
        ("https://a.example/m/", "http://b.example/"),
        (None, "https://a.example/m/pith-mirrors.json"),
        ("", "https://a.example/m/pith-mirrors.json?x"),
    ):
        (mirror,) = read({**entry, "base_url": base}, address=address)
        assert mirror.bundles == ("https://a.example/m/pith/{suffix}/bundle.json",)
        assert mirror.events == "https://a.example/e/{suffix}"
    # Where nothing says http, it is https.
    (mirror,) = read({"bundle_pattern": "//b.example/{suffix}", "base_url": "https://a.example/"})
    assert mirror.bundles == ("https://b.example/{suffix}",)


def test_http_in_so_many_words_and_several_mirrors_in_their_order() -> None:
    first, second = read({"bundle_pattern": "http://b.example/{suffix}", "name": 5},
                         {"events_pattern": PATTERN})  # fmt: skip
    assert (first.bundles, first.name) == (("http://b.example/{suffix}",), "5")
    assert (second.bundles, second.events) == ((), PATTERN)


WRONG: dict[str, Any] = {
    "no text of at most": [5, ["a"], "https://a.example/{suffix}" + "a" * 3000],
    "it has to have {suffix}, and no other braces": [
        "https://a.example/", "", "https://a.example/{suffix}/{version}", "https://a.example/{s}",
        "https://a.example/{suffix",
    ],
    "those of ASCII": ["https://ä.example/{suffix}", "https://a.example/{suffix}\n",
                       "https://a.example/{suffix} b", "https://a.example/\x1b{suffix}"],
    "it says no scheme": ["a.example/{suffix}", "//a.example/{suffix}", "/{suffix}"],
    "only https and http": ["ftp://a.example/{suffix}", "file:///etc/{suffix}",
                            "data:text/plain,{suffix}", "javascript:{suffix}"],
    "it names no one host": ["https:///{suffix}", "https://{suffix}.example/", "http:{suffix}",
                             "https://a.example:{suffix}@b.example/"],
    "it is no address": ["https://[::1/{suffix}", "https://a.example:x/{suffix}",
                         "https://a.example:99999/{suffix}"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "pattern"), [(said, each) for said, patterns in WRONG.items() for each in patterns]
)
def test_a_pattern_that_is_none(said: str, pattern: Any) -> None:
    with pytest.raises(MirrorError) as raised:
        read({"bundle_pattern": PATTERN, "name": "x"}, {"bundle_pattern": pattern})
    message = str(raised.value)
    assert message.startswith("m.json: $.mirrors[1].bundle_pattern")
    assert said in message or "it is no address" in message
    assert message.isprintable()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"{}", "m.json: "),
        (b"<html>", "m.json: it is an HTML page"),
        (published("state-22M3HBJ4ANVNJTN56RI73FO4HC.json"), "it is a state: give a mirror manif"),
        (manifest(), "$.mirrors is no list"),
        (json.dumps({**json.loads(manifest()), "mirrors": {}}).encode(), "$.mirrors is no list"),
        (manifest(*(["https://a.example"] * 101)), "$.mirrors is no list of 1 to 100"),
        (json.dumps({**json.loads(manifest()), "mirrors": [5]}).encode(), "[0] is no object"),
        (manifest({"state_pattern": PATTERN}), "$.mirrors[0] has no bundle_pattern"),
    ],
)
def test_what_is_no_manifest(value: bytes, said: str) -> None:
    with pytest.raises(MirrorError) as raised:
        read_manifest(value, name="m.json")
    assert said in str(raised.value)


def test_two_that_differ_in_a_secret_alone_are_not_told_apart() -> None:
    secret = "https://me:{}@a.example/{{suffix}}"
    with pytest.raises(MirrorError, match="differ in nothing but what is secret") as raised:
        read({"bundle_pattern": secret.format("hunter2")}, {"bundle_pattern": secret.format("x2")})
    assert "hunter2" not in str(raised.value)
    first, second = read(*[{"bundle_pattern": secret.format("hunter2")}] * 2)
    assert first == second


def test_a_manifest_at_an_address(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    with serving(served_bundles()) as server:
        relative = {"bundle_pattern": "pith/{suffix}/bundle.json"}
        server.answers["/pith-mirrors.json"] = reply(manifest(relative))
        result = pulled(folder, f"{server.address}/pith-mirrors.json")
    assert result.updated.learned.new == 3


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply(status="404 x"), "404 Not Found: check the address"),
        (reply(b"{" + b" " * 2_000_000), "more than 1,048,576 bytes"),
        (reply(b"<html>"), "it is an HTML page"),
    ],
)
def test_a_manifest_that_cannot_be_had_ends_it(tmp_path: Path, answer: bytes, said: str) -> None:
    folder = made(tmp_path / "mirror")
    before = (folder / "mirror.sqlite").read_bytes()
    with serving({"/m.json": answer}) as server:
        address = f"{server.address}/m.json"
        done = pithmerge("mirror", "pull", folder, NUMBERS[0], "--manifest", address)
    assert done.error.startswith(address)
    assert said in done.error
    assert (folder / "mirror.sqlite").read_bytes() == before


def test_files_that_are_no_manifest(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    words = ("mirror", "pull", folder, NUMBERS[0], "--manifest")
    missing = pithmerge(*words, tmp_path / "none.json").error
    assert missing.startswith(f"{tmp_path}/none.json: it cannot be read (No such file")
    assert "it is at https:// or http://" not in missing
    assert "a file, or at https://" in pithmerge(*words, "s3://a/b.json").error
    unending = pithmerge(*words, "/dev/zero")
    assert "/dev/zero" in unending.error
