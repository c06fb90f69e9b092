"""Known failures: a file of ``id  # verdict: note`` lines (CONFORMANCE.md)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pithmerge.conformance.runner import CaseResult
from pithmerge.conformance.verdicts import Verdict
from pithmerge.errors import PithmergeError

_LINE: Final = re.compile(r"(?P<id>\S+)\s+#\s*(?P<verdict>[a-z-]+)\s*(?::\s*(?P<note>.*))?")


class BaselineError(PithmergeError):
    """A baseline file that cannot be read."""


@dataclass(frozen=True)
class Assessment:
    """What a run is worth against a baseline.

    Attributes:
        violations: failures that the baseline does not list. What could not be asked is none,
            unless all had to be.
        stale: what the run does not bear out of the baseline, a sentence a line of it.
    """

    violations: tuple[CaseResult, ...]
    stale: tuple[str, ...]


def read_baseline(path: Path) -> dict[str, Verdict]:
    """The verdict that each known failure has, by case id.

    Empty lines and lines that begin with ``#`` are comments.

    Raises:
        BaselineError: unreadable, a line of another form, a repeated id, or an unknown verdict.
    """
    try:
        # With a byte order mark, as some editors have it.
        lines = path.read_text("utf-8-sig").split("\n")
    except OSError as error:
        raise BaselineError(f"{path}: cannot be read ({error.strerror}): check the path") from None
    except UnicodeDecodeError as error:
        raise BaselineError(f"{path}: this is no UTF-8 ({error}): write it anew") from None
    known: dict[str, Verdict] = {}
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _LINE.fullmatch(text)
        if match is None or match["verdict"] not in list(Verdict):
            raise BaselineError(
                f"{path}, line {number}: write `id  # verdict: note`, the verdict one of "
                f"{', '.join(verdict for verdict in Verdict if verdict is not Verdict.PASS)}"
            )
        if match["verdict"] == Verdict.PASS:
            raise BaselineError(f"{path}, line {number}: a pass is no known failure: remove it")
        if match["id"] in known:
            raise BaselineError(f"{path}, line {number}: {match['id']} is listed twice")
        known[match["id"]] = Verdict(match["verdict"])
    return known


def assess(
    results: Iterable[CaseResult],
    known: Mapping[str, Verdict],
    *,
    all_ids: Iterable[str],
    ask_all: bool = False,
) -> Assessment:
    """A run against the known failures.

    Args:
        results: what was run.
        known: by case id.
        all_ids: every id of the corpus, run or not.
        ask_all: whether a case that could not be asked is a violation as well.
    """
    run = list(results)
    verdicts: dict[str, Verdict] = {}
    for result in run:
        # Of cases that share an id, a failure is what counts.
        if verdicts.get(result.case.id, Verdict.PASS) is Verdict.PASS:
            verdicts[result.case.id] = result.verdict
    existing = set(all_ids) | set(verdicts)
    violations = tuple(
        result
        for result in run
        if result.verdict is not Verdict.PASS
        and (ask_all or result.verdict is not Verdict.UNSUPPORTED)
        and result.case.id not in known
    )
    stale = []
    for case_id, listed in known.items():
        if case_id not in existing:
            stale.append(f"{case_id}: there is no such case")
        elif case_id not in verdicts:
            stale.append(f"{case_id}: listed but not run")
        elif verdicts[case_id] is Verdict.PASS:
            stale.append(f"{case_id}: listed as {listed} but passes")
        elif verdicts[case_id] is not listed:
            stale.append(f"{case_id}: listed as {listed}, now {verdicts[case_id]}")
    return Assessment(violations, tuple(stale))


def baseline_text(results: Iterable[CaseResult]) -> str:
    """The baseline that lists exactly the failures of a run, a line an id."""
    lines: dict[str, str] = {}
    for result in results:
        if result.verdict is not Verdict.PASS:
            # Notes hold what an implementation said: on one line, and nothing invisible.
            note = " ".join(result.judgement.detail.split())
            seen = "".join(char if char.isprintable() else "\ufffd" for char in note)
            lines.setdefault(result.case.id, f"{result.case.id}  # {result.verdict}: {seen}\n")
    return "".join(lines.values())
