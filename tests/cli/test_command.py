"""The ``pithmerge`` command: stdin, its modules, its help, and that the examples in it run."""

import gzip
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from pithmerge import __version__
from pithmerge.fixtures import published
from tests.support.arxiv_papers import PAPERS, RESPONSE, SNAPSHOT, parquet_of
from tests.support.cli_documents import (
    BUNDLE,
    STATE,
    needs_posix,
    published_json,
    published_state,
    write_json,
    write_mirrors,
    write_published,
)
from tests.support.cli_helpers import (
    PITHMERGE,
    Result,
    Run,
    each_of,
    environment,
    pithmerge,
    run_all,
)

pytestmark = needs_posix


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the published documents."""
    return write_published(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="module")
def mirrors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mirrors(tmp_path_factory.mktemp("mirrors"))


# stdin


def test_a_dash_is_stdin_for_every_command(docs: Path) -> None:
    words = {
        "verify": ("verify", "--json"),
        "merge": ("merge",),
        "events": ("events",),
        "canon": ("canon",),
        "canon --digest": ("canon", "--digest"),
    }
    bundle = published(BUNDLE)
    piped = run_all({name: Run((*each, "-"), bundle) for name, each in words.items()})
    named = run_all({name: Run((*each, docs / BUNDLE)) for name, each in words.items()})
    for name in words:
        expected = named[name].stdout.replace(str(docs / BUNDLE).encode(), b"stdin")
        assert piped[name] == Result(0, expected, b"")
        assert expected


def test_stdin_can_stand_among_files(mirrors: Path) -> None:
    a, b = mirrors / "a.json", mirrors / "b.json"
    key = ("--key", mirrors / "keys.json")
    mixed = pithmerge("merge", *key, a, "-", stdin=b.read_bytes())
    assert mixed == pithmerge("merge", *key, a, b)


# The command itself


def test_the_command_and_the_modules_are_one(docs: Path) -> None:
    script = shutil.which("pithmerge", path=sysconfig.get_path("scripts"))
    assert script is not None
    programs = {"script": (script,)} | {
        module: (sys.executable, "-m", module) for module in ("pithmerge", "pithmerge.cli")
    }
    results = run_all(
        {name: Run(("events", docs / STATE), program=words) for name, words in programs.items()}
    )
    expected = pithmerge("events", docs / STATE)
    assert expected.code == 0
    assert results == dict.fromkeys(programs, expected)


def test_the_version() -> None:
    assert pithmerge("--version") == Result(0, f"pithmerge, version {__version__}\n".encode(), b"")


KEYS = {"--key FILE", "--signer-id ID", "--signer-type TYPE", "--key-id ID"}
READING = {"--column NAME", "--exclude PATTERN", "--max-bytes N", "--max-window N"}
INTERFACE = {
    (): {"--version", "-h, --help"},
    ("verify",): {
        *KEYS,
        "--html OUT",
        "--json",
        "--require-signed",
        "--strict",
        "-v, --verbose",
        "-h, --help",
        *READING,
    },
    ("merge",): {
        *KEYS,
        "-o, --output OUT",
        "--as-of INSTANT",
        "--pith-number NUMBER",
        "--without-signature-checks",
        "--strict",
        "-h, --help",
        *READING,
    },
    ("diff",): {*KEYS, "--json", "-v, --verbose", "-h, --help", *READING},
    ("explain",): {
        *KEYS,
        "--event ID",
        "--json",
        "-v, --verbose",
        "-h, --help",
        *READING,
    },
    ("graph",): {
        *KEYS,
        "-o, --output OUT",
        "--pith-number NUMBER",
        "--every-event",
        "-h, --help",
        *READING,
    },
    ("events",): {"-h, --help", *READING},
    ("number",): {"--against MIRROR", "--json", "-p, --processes N", "-h, --help", *READING},
    ("canon",): {"--digest", "-h, --help"},
}
"""Every option there is. The tests exercise each: a new one needs a test, then a line here."""


@pytest.fixture(scope="module")
def helps() -> dict[str, Result]:
    return run_all(
        {
            f"{' '.join(command)} {option}": Run((*command, option))
            for command in INTERFACE
            for option in ("--help", "-h")
        }
    )


@pytest.mark.parametrize("command", INTERFACE, ids=" ".join)
def test_help_says_all_options_and_shows_an_example(
    helps: dict[str, Result], command: tuple[str, ...]
) -> None:
    result = helps[f"{' '.join(command)} --help"]
    assert (result.code, result.stderr) == (0, b"")
    options = result.text.split("\nOptions:\n")[1].split("\nCommands:\n")[0].splitlines()
    shown = {line.strip().split("  ")[0] for line in options if line.startswith("  -")}
    assert shown == INTERFACE[command]
    assert examples_in(result.text)
    assert helps[f"{' '.join(command)} -h"] == result
    for line in result.text.splitlines():
        assert len(line) <= 100


def examples_in(text: str) -> list[str]:
    lines = iter(text.splitlines())
    assert any(line.strip() in ("Example:", "Examples:") for line in lines)
    found = []
    for line in lines:
        if not line.startswith("    pithmerge "):
            break
        found.append(line.strip())
    return found


def test_the_examples_run(helps: dict[str, Result], tmp_path: Path) -> None:
    bundle = published(BUNDLE)
    for name in ("bundle.json", "mirror-a/bundle.json", "mirror-b/bundle.json", "mirror/x.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(bundle)
    (tmp_path / "state.json").write_bytes(published(STATE))
    write_json(tmp_path / "canonical_record.json", published_json(BUNDLE)["canonical_record"])
    for name in ("arxiv-metadata-oai-snapshot.json", "snapshot.json"):
        (tmp_path / name).write_bytes(SNAPSHOT)
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.writestr("arxiv-metadata-oai-snapshot.json", SNAPSHOT)
    (tmp_path / "train-00000-of-00010.parquet").write_bytes(parquet_of(PAPERS))
    (tmp_path / "harvest").mkdir()
    (tmp_path / "harvest/1.xml.gz").write_bytes(gzip.compress(RESPONSE))
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "pithmerge"
    command.write_text(f'#!/bin/sh\nexec {" ".join(PITHMERGE)} "$@"\n')
    command.chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    examples = [
        example
        for name, result in helps.items()
        if name.endswith("--help")
        for example in examples_in(result.text)
    ]
    assert len(examples) >= 7
    for example in examples:
        done = subprocess.run(
            ["sh", "-ec", example],
            cwd=tmp_path,
            env=environment({"PATH": path}),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (example, done.stderr)
    assert (tmp_path / "state.json").read_bytes() == published_state()
    assert json.loads((tmp_path / "events.json").read_bytes())
    assert json.loads((tmp_path / "reports.jsonl").read_bytes())["ok"] is True


def test_without_a_command_there_is_the_help_and_an_error() -> None:
    bare, asked = each_of((), ("--help",))
    assert (bare.code, bare.stdout) == (2, b"")
    assert bare.stderr == asked.stdout
