"""The lint of the conformance corpus: nothing to say of ours, and each planted defect is found."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pithmerge.conformance.corpus import Corpus
from pithmerge.conformance.lint import UNTESTABLE, lint, rules_of

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "fixtures" / "conformance"
SPEC = (ROOT / "SPEC.md").read_text("utf-8")
CORPUS = Corpus(FOLDER / "v1")

Damage = Callable[[Path], None]


def in_line(suite: str, case_id: str, /, **members: Any) -> Damage:
    """Other members in a case, the manifest kept right; ``None`` takes the member away."""

    def damage(folder: Path) -> None:
        def change(value: dict[str, Any]) -> dict[str, Any] | None:
            changed = {**value, **members} if value["id"] == case_id else value
            return {name: changed[name] for name in changed if changed[name] is not None}

        rewrite(folder, suite, change)

    return damage


def rewrite(
    folder: Path, suite: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]
) -> None:
    path = folder / "v1" / f"{suite}.jsonl"
    values = [change(json.loads(line)) for line in path.read_bytes().splitlines()]
    kept = [value for value in values if value is not None]
    lines = (json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in kept)
    data = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(data)
    manifest = read_manifest(folder)
    entry = next(entry for entry in manifest["files"] if entry["suite"] == suite)
    entry.update(sha256=hashlib.sha256(data).hexdigest(), count=len(kept))
    write_manifest(folder, manifest)


def in_manifest(change: Callable[[dict[str, Any]], Any]) -> Damage:
    def damage(folder: Path) -> None:
        manifest = read_manifest(folder)
        change(manifest)
        write_manifest(folder, manifest)

    return damage


def read_manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "v1" / "manifest.json").read_bytes())


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    (folder / "v1" / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def in_ids(change: Callable[[str], str]) -> Damage:
    def damage(folder: Path) -> None:
        path = folder / "ids.txt"
        path.write_text(change(path.read_text("utf-8")), "utf-8")

    return damage


def in_file(name: str, data: bytes) -> Damage:
    """Bytes at the end of a file."""

    def damage(folder: Path) -> None:
        path = folder / "v1" / name
        path.write_bytes((path.read_bytes() if path.exists() else b"") + data)

    return damage


NUMBERS, ENVELOPE = "canonical-numbers", "envelope"
GRAMMAR = "grammar"

DEFECTS: list[tuple[str, Damage, list[str]]] = [
    (
        "a file was changed",
        in_file("grammar.jsonl", b"\n"),
        ["grammar.jsonl: the manifest has another SHA-256",
         "grammar.jsonl: 82 cases, the manifest counts 81",
         "grammar.jsonl, line 82: "],
    ),
    (
        "a file is missing",
        lambda folder: (folder / "v1" / "equivocation-order.jsonl").unlink(),
        ["equivocation-order.jsonl is in the manifest and not in the folder",
         *(f"EQV-006{number} has no case" for number in range(1, 6))],
    ),
    ("a file is not listed", in_file("more.jsonl", b""), ["more.jsonl is not in the manifest"]),
    (
        "a count is wrong",
        in_manifest(lambda manifest: manifest["files"][3].update(count=7)),
        ["grammar.jsonl: 81 cases, the manifest counts 7"],
    ),
    (
        "a reason code is missing",
        in_manifest(lambda manifest: manifest["reason_codes"].pop()),
        ["the manifest's reason_codes are not"],
    ),
    (
        "a limit is wrong",
        in_manifest(lambda manifest: manifest["limits"].update(event_depth=129)),
        ["the manifest's limits are not"],
    ),
    (
        "the manifest is of another version",
        in_manifest(lambda manifest: manifest.update(version="pith-conformance/2")),
        ["this is no pith-conformance/1 manifest"],
    ),
    (
        "a line is no case",
        in_line(GRAMMAR, "GRM-0159", because=None),
        ['grammar.jsonl, line 67: case GRM-0159: "because" is missing', "GRM-0159 has no case"],
    ),
    (
        "a case says that it is of another suite",
        in_line(GRAMMAR, "GRM-0159", suite=NUMBERS),
        ["GRM-0159 says it is of canonical-numbers, and is in grammar.jsonl"],
    ),
    (
        "an id is of no form",
        in_line(GRAMMAR, "GRM-0159", id="GRM-159"),
        ["'GRM-159' is no id", "GRM-159 is not in ids.txt", "GRM-0159 has no case"],
    ),
    (
        "an id is given twice",
        in_line(GRAMMAR, "GRM-0159", id="GRM-0158"),
        ["GRM-0158 is the id of 2 cases", "GRM-0159 has no case"],
    ),
    (
        "an id is used that was retired",
        in_ids(lambda text: text.replace("GRM-0159\n", "GRM-0159 retired\n")),
        ["GRM-0159 was retired and is used again"],
    ),
    (
        "an id was never given",
        in_ids(lambda text: text.replace("GRM-0159\n", "")),
        ["GRM-0159 is not in ids.txt"],
    ),
    (
        "an id has no case",
        in_ids(lambda text: text + "ZZZ-0001\nZZZ-0002 retired\n"),
        ["ZZZ-0001 has no case"],
    ),
    (
        "the list of ids is missing",
        lambda folder: (folder / "ids.txt").unlink(),
        ["ids.txt, the list of all ids ever given, is missing"],
    ),
    (
        "a request lacks a member",
        in_line(ENVELOPE, "ENV-0202", **{"in": {"op": "merge", "events_b64": []}}),
        ['envelope.jsonl, line 79: case ENV-0202: "in.pith_number" is missing',
         "ENV-0202 has no case"],
    ),
    (
        "a description is no sentence",
        in_line(GRAMMAR, "GRM-0159", description="white space"),
        ["GRM-0159 is not described by a sentence"],
    ),
    (
        "two cases ask the same",
        in_line(NUMBERS, "NUM-0005", **{"in": {"op": "canonicalize", "json_b64": "MS4w"}}),
        ["NUM-0005 asks the same as NUM-0004"],
    ),
    (
        "two cases say the same",
        in_line(NUMBERS, "NUM-0005", description="One as a float is not one as an integer."),
        ["NUM-0005 says the same as NUM-0004"],
    ),
    (
        "a refusal has no twin",
        in_line(NUMBERS, "NUM-0101", twin=None),
        ["NUM-0101 accepts nothing and has no twin"],
    ),
    (
        "a rejection has no twin",
        in_line(ENVELOPE, "ENV-0002", twin=None),
        ["ENV-0002 accepts nothing and has no twin"],
    ),
    (
        "a twin does not exist",
        in_line(NUMBERS, "NUM-0101", twin="NUM-9999"),
        ["NUM-0101: its twin NUM-9999 does not exist"],
    ),
    (
        "a twin is refused",
        in_line(NUMBERS, "NUM-0101", twin="NUM-0102"),
        ["NUM-0101: its twin NUM-0102 is not accepted"],
    ),
    (
        "a twin is rejected",
        in_line(ENVELOPE, "ENV-0002", twin="ENV-0003"),
        ["ENV-0002: its twin ENV-0003 is not accepted"],
    ),
    (
        "a twin is of another op",
        in_line(NUMBERS, "NUM-0101", twin="ENV-0001"),
        ["NUM-0101: its twin ENV-0001 is not accepted"],
    ),
    (
        "a case rests on no rule",
        in_line(NUMBERS, "NUM-0005", because=["1.1", "1.7"]),
        ["NUM-0005 rests on 1.7, which is no rule"],
    ),
    (
        "a case rests on what cannot be tested",
        in_line(NUMBERS, "NUM-0005", because=["1.1", "7.2a"]),
        ["rule 7.2a has a case and is listed as untestable"],
    ),
    (
        "a rule has no case",
        in_line("payloads", "PAY-0083", because=["2.2"]),
        ["no case rests on rule 2.7"],
    ),
]  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the corpus, to be damaged."""
    shutil.copy(FOLDER / "ids.txt", tmp_path)
    shutil.copytree(CORPUS.folder, tmp_path / "v1")
    return tmp_path


class TestLint:
    def test_the_corpus_is_sound(self) -> None:
        assert lint(CORPUS, SPEC) == []

    @pytest.mark.parametrize(
        ("damage", "problems"),
        [pytest.param(damage, problems, id=name) for name, damage, problems in DEFECTS],
    )
    def test_a_defect_is_found(self, copy: Path, damage: Damage, problems: list[str]) -> None:
        damage(copy)
        found = lint(Corpus(copy / "v1"), SPEC)
        assert len(found) == len(problems), found
        for problem in problems:
            assert any(problem in sentence for sentence in found), (problem, found)

    def test_a_reason_without_a_case_is_found(self, copy: Path) -> None:
        def unlisted(value: dict[str, Any]) -> dict[str, Any] | None:
            reasons = [entry["reason"] for entry in value["expect"].get("invalid_events", [])]
            if "not_authorized" not in reasons:
                return value
            gone.add(value["id"])
            return None

        gone: set[str] = set()
        for suite in ("keyring", "table-order", "look-alikes", "second-ways", "slips"):
            rewrite(copy, suite, unlisted)
        found = lint(Corpus(copy / "v1"), SPEC)
        assert "no case expects not_authorized" in found
        assert {"KEY-0042", "TBL-0014"} <= gone
        beside = {sentence for sentence in found if "twin" not in sentence}
        assert {sentence.partition(" ")[0] for sentence in beside} == {"no", *gone}

    def test_a_rule_that_spec_does_not_have_is_found(self) -> None:
        spec = SPEC.replace("**11.9 [D]**", "11.9").replace("**7.3 [D]**", "7.3")
        found = lint(CORPUS, spec)
        assert "11.9 is listed as untestable and is no rule of SPEC.md" in found
        assert "EQV-0001 rests on 7.3, which is no rule of SPEC.md" in found
        assert all("11.9" in sentence or "7.3" in sentence for sentence in found)

    def test_a_new_rule_wants_a_case(self) -> None:
        assert lint(CORPUS, f"{SPEC}\n**10.9 [D]** New.") == ["no case rests on rule 10.9"]

    def test_the_rules_are_those_of_the_spec(self) -> None:
        rules = rules_of(SPEC)
        assert len(rules) == len(set(rules))
        assert {"1.1", "1.3", "1.6", "5.1", "5.1a", "5.1b", "6", "7.2a", "10.3a", "10.4"} <= set(
            rules
        )
        assert not any(rule.startswith("9") for rule in rules)
        assert set(UNTESTABLE) < set(rules)
