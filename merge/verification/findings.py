"""Checks of an ``integrity`` section against its own findings (SPEC 2.6a)."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from pithmerge.verification.report import Check, Outcome, at, below, compared, not_checkable

_RULE: Final = "SPEC 2.6a"
_SEVERITIES: Final = ("critical", "advisory", "informational")
_RESCINDED: Final = "a finding of it may have been rescinded, or is not listed"


def finding_checks(section: Any, where: str) -> Iterator[Check]:
    """What a section counts of its findings, and whether it calls itself clean.

    Args:
        section: the ``integrity`` of a snapshot, of any form.
        where: its path.
    """
    findings = at(section, "findings")
    if not isinstance(findings, list):
        return
    standing = [each for each in findings if not _is_rescinded(each)]
    yield from _summary(section, f"{where}.summary", findings, standing)
    yield from _detectors(section, f"{where}.detectors_run", findings)
    if "clean" in section:
        yield _clean(section["clean"], f"{where}.clean", findings, standing)


def _is_rescinded(finding: Any) -> bool:
    """Whether it says in any known way that it was taken back; how it would is not published."""
    return (
        bool(at(finding, "rescinded"))
        or bool(at(finding, "rescinded_at"))
        or at(finding, "status") == "rescinded"
    )


def _summary(section: Any, where: str, findings: list[Any], standing: list[Any]) -> Iterator[Check]:
    """The counts of ``summary``: of all findings, or of those that stand."""
    summary = at(section, "summary")
    if not isinstance(summary, dict):
        return
    every, left = (
        Counter(_text(each, "severity") for each in some) for some in (findings, standing)
    )
    for name in _SEVERITIES:
        if name in summary:
            yield _count(f"{where}.{name}", summary[name], every[name], left[name])
    if "by_detector" not in summary:
        return
    by_detector, what = summary["by_detector"], f"{where}.by_detector"
    if by_detector == {} and not findings:
        yield Check(what, _RULE, Outcome.OK)
        return
    yield not_checkable(what, _RULE, "no document shows its form where there are findings")
    if isinstance(by_detector, dict):
        every, left = (
            Counter(_text(each, "detector") for each in some) for some in (findings, standing)
        )
        for name, stated in by_detector.items():
            if type(stated) is int:
                yield _count(below(what, name), stated, every[name], left[name])


def _count(what: str, stated: Any, every: int, left: int) -> Check:
    if type(stated) is not int:
        return not_checkable(what, _RULE, "it is no count", stated)
    if stated == left:
        return Check(what, _RULE, Outcome.OK, left, stated)
    return compared(what, _RULE, every, stated)


def _detectors(section: Any, where: str, findings: list[Any]) -> Iterator[Check]:
    """What each detector says that it found, against the findings that name it."""
    runs = at(section, "detectors_run")
    if not isinstance(runs, list):
        return
    by_name = Counter(_text(each, "detector") for each in findings)
    for index, run in enumerate(runs):
        name, stated = at(run, "name"), at(run, "findings_count")
        if not isinstance(name, str) or stated is None:
            continue
        what, computed = f"{where}[{index}].findings_count", by_name[name]
        if type(stated) is int and stated == computed:
            yield Check(what, _RULE, Outcome.OK, computed, stated)
        else:
            yield not_checkable(what, _RULE, _RESCINDED, stated)


def _clean(clean: Any, what: str, findings: list[Any], standing: list[Any]) -> Check:
    if clean is True and not findings:
        return Check(what, _RULE, Outcome.OK, True, True)
    if clean is True and any(_text(each, "severity") == "critical" for each in standing):
        why = "a critical finding stands"
        return Check(what, _RULE, Outcome.FAILED, False, clean, why)
    return not_checkable(what, _RULE, "when a section is clean is not published", clean)


def _text(finding: Any, name: str) -> str:
    value = at(finding, name)
    return value if isinstance(value, str) else ""
