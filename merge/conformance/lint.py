"""The corpus's own conscience: is it whole, and does it ask about every rule?

For those who change the corpus; running it needs the repository's ``SPEC.md`` and ``ids.txt``.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pithmerge.canon import MAX_DEPTH, MAX_DOCUMENT_DEPTH, MAX_INT_DIGITS, read_json, sha256_hex
from pithmerge.conformance.corpus import Case, Corpus, CorpusError
from pithmerge.conformance.protocol import MAX_LINE, Op
from pithmerge.conformance.recipes import is_by_digest
from pithmerge.core.reasons import Reason
from pithmerge.errors import DocumentError

UNTESTABLE: Final = {
    "7.2a": "says how the registry works, and asks nothing of an implementation",
    "10.6": "the diagnosis of a report: words and causes are each program's own",
    "11.9": "how evidence is made: the protocol asks whether it holds",
}
"""Rules that no case can rest on, and why. Section 9, the laws, is asked about by ``hunt``."""

_ID: Final = re.compile(r"[A-Z]{3}-[0-9]{4}")
_RULE: Final = re.compile(r"^\*\*([0-9]+\.[0-9]+[a-z]?) ?(?:\[[POD]\])?\*\*", re.MULTILINE)
_RULES_WITHOUT_NUMBERS: Final = ("6",)


def lint(corpus: Corpus, spec_text: str) -> list[str]:
    """Everything that is wrong with a corpus, one sentence each; nothing if it is sound.

    Args:
        corpus: ``ids.txt``, every id that was ever given, lies beside its folder.
        spec_text: ``SPEC.md``.
    """
    problems: list[str] = []
    try:
        manifest = corpus.manifest
    except CorpusError as error:
        return [str(error)]
    cases = list(_cases_of_files(corpus.folder, manifest, problems))
    problems += _manifest_problems(manifest)
    problems += _document_problems(corpus.folder, manifest)
    problems += _id_problems([case.id for case in cases], corpus.folder.parent / "ids.txt")
    for case in cases:
        problems += _case_problems(case)
    problems += _repetition_problems(cases)
    problems += _twin_problems(cases)
    problems += _coverage_problems(cases, rules_of(spec_text))
    return problems


def rules_of(spec_text: str) -> tuple[str, ...]:
    """The numbers of the rules in SPEC.md, in its order; those of section 9 are laws, not rules."""
    return (*_RULE.findall(spec_text), *_RULES_WITHOUT_NUMBERS)


def is_accepted(case: Case) -> bool:
    """Whether nothing in a case is refused or rejected, and something is accepted."""
    if case.op in (Op.CANONICALIZE, Op.NUMBER):
        return "refused" not in case.expect
    if "refused" in case.expect:
        return False
    if case.op == Op.EVIDENCE:
        return bool(case.expect.get("holds"))
    if case.op == Op.VERIFY:
        return case.expect.get("verdict") in ("ok", "consistent")
    if is_by_digest(case.op, case.expect):
        return bool(case.expect["valid_event_count"] or not case.expect["event_count"])
    return not (case.expect["invalid_events"] and not case.expect["applied_event_ids"])


def _cases_of_files(
    folder: Path, manifest: Mapping[str, Any], problems: list[str]
) -> Iterator[Case]:
    listed = {entry["file"] for entry in manifest["files"]}
    for path in sorted(folder.glob("*.jsonl")):
        if path.name not in listed:
            problems.append(f"{path.name} is not in the manifest")
    for entry in manifest["files"]:
        name = entry["file"]
        try:
            data = (folder / name).read_bytes()
        except OSError:
            problems.append(f"{name} is in the manifest and not in the folder")
            continue
        lines = data.splitlines()
        if sha256_hex(data) != entry["sha256"]:
            problems.append(f"{name}: the manifest has another SHA-256")
        if len(lines) != entry["count"]:
            problems.append(f"{name}: {len(lines)} cases, the manifest counts {entry['count']}")
        for number, line in enumerate(lines, start=1):
            try:
                case = Case.from_value(read_json(line))
            except (CorpusError, DocumentError) as error:
                problems.append(f"{name}, line {number}: {error}")
                continue
            if case.suite != entry["suite"]:
                problems.append(f"{case.id} says it is of {case.suite}, and is in {name}")
            yield case


def _manifest_problems(manifest: Mapping[str, Any]) -> Iterator[str]:
    if manifest.get("reason_codes") != [str(reason) for reason in Reason]:
        yield "the manifest's reason_codes are not those of SPEC 5.1 in their order"
    limits = {
        "event_depth": MAX_DEPTH,
        "document_depth": MAX_DOCUMENT_DEPTH,
        "integer_digits": MAX_INT_DIGITS,
        "line_bytes": MAX_LINE,
    }
    if manifest.get("limits") != limits:
        yield "the manifest's limits are not those of SPEC 1.5 and the protocol"


def _document_problems(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    listed = {entry["file"]: entry["sha256"] for entry in manifest.get("documents", ())}
    for name, digest in listed.items():
        try:
            data = (folder / name).read_bytes()
        except OSError:
            yield f"{name} is in the manifest and not in the folder"
            continue
        if sha256_hex(data) != digest:
            yield f"{name}: the manifest has another SHA-256"
    beside = {"manifest.json", *(path.name for path in folder.glob("*.schema.json"))}
    for path in sorted(folder.glob("*.json")):
        if path.name not in beside and path.name not in listed:
            yield f"{path.name} is not in the manifest"


def _id_problems(ids: Iterable[str], registry: Path) -> Iterator[str]:
    counts = Counter(ids)
    for case_id, count in counts.items():
        if not _ID.fullmatch(case_id):
            yield f"{case_id!r} is no id: write three capitals and four digits, as in EQV-0007"
        if count > 1:
            yield f"{case_id} is the id of {count} cases"
    try:
        lines = registry.read_text("utf-8").splitlines()
    except OSError:
        yield f"{registry.name}, the list of all ids ever given, is missing"
        return
    known = {line.removesuffix(" retired"): line.endswith(" retired") for line in lines}
    for case_id in counts:
        if case_id not in known:
            yield f"{case_id} is not in {registry.name}"
        elif known[case_id]:
            yield f"{case_id} was retired and is used again"
    for case_id, retired in known.items():
        if not retired and case_id not in counts:
            yield f"{case_id} has no case and is not marked as retired in {registry.name}"


def _case_problems(case: Case) -> Iterator[str]:
    if len(case.to_line()) > MAX_LINE:
        yield f"{case.id} is longer than a line may be"
    if not case.description or case.description[-1] != ".":
        yield f"{case.id} is not described by a sentence"


def _repetition_problems(cases: Iterable[Case]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for case in cases:
        for what, key in (("says", case.description), ("asks", repr((case.op, case.inputs)))):
            other = seen.setdefault(f"{what} {key}", case.id)
            if other != case.id:
                yield f"{case.id} {what} the same as {other}"


def _twin_problems(cases: Iterable[Case]) -> Iterator[str]:
    by_id = {case.id: case for case in cases}
    for case in by_id.values():
        if case.twin is None:
            if not is_accepted(case):
                yield f"{case.id} accepts nothing and has no twin that is accepted"
            continue
        twin = by_id.get(case.twin)
        if twin is None:
            yield f"{case.id}: its twin {case.twin} does not exist"
        elif twin.op != case.op or not is_accepted(twin):
            yield f"{case.id}: its twin {case.twin} is not accepted"


def _coverage_problems(cases: Iterable[Case], rules: tuple[str, ...]) -> Iterator[str]:
    rested_on: set[str] = set()
    reasons: set[str] = set()
    for case in cases:
        for rule in case.because:
            if rule not in rules:
                yield f"{case.id} rests on {rule}, which is no rule of SPEC.md"
        rested_on.update(case.because)
        reasons.update(entry["reason"] for entry in case.expect.get("invalid_events", ()))
    for reason in Reason:
        if reason not in reasons:
            yield f"no case expects {reason}"
    for rule in rules:
        if rule not in rested_on and rule not in UNTESTABLE:
            yield f"no case rests on rule {rule}"
        if rule in rested_on and rule in UNTESTABLE:
            yield f"rule {rule} has a case and is listed as untestable"
    for rule in UNTESTABLE:
        if rule not in rules:
            yield f"{rule} is listed as untestable and is no rule of SPEC.md"
