"""Checks of an ``integrity`` section against its own findings (SPEC 2.6a)."""

from collections import Counter
from typing import Any, Final

from pithmerge.verification.readers import Reader
from pithmerge.verification.rows import at, below

_RULE: Final = "SPEC 2.6a"
_SEVERITIES: Final = ("critical", "advisory", "informational")
_RESCINDED: Final = "a finding of it may have been rescinded, or is not listed"


def finding_checks(reader: Reader, section: Any, where: str) -> None:
    """What a section counts of its findings, and whether it calls itself clean.

    Args:
        reader: who is told.
        section: the ``integrity`` of a snapshot, of any form.
        where: its path.
    """
    findings = at(section, "findings")
    if not isinstance(findings, list):
        return
    standing = [each for each in findings if not _is_rescinded(each)]
    _summary(reader, section, f"{where}.summary", findings, standing)
    _detectors(reader, section, f"{where}.detectors_run", findings)
    if "clean" in section:
        _clean(reader, section["clean"], f"{where}.clean", findings, standing)


def _is_rescinded(finding: Any) -> bool:
    """Whether it says in any known way that it was taken back; how it would is not published."""
    return (
        bool(at(finding, "rescinded"))
        or bool(at(finding, "rescinded_at"))
        or at(finding, "status") == "rescinded"
    )


def _summary(
    reader: Reader, section: Any, where: str, findings: list[Any], standing: list[Any]
) -> None:
    """The counts of ``summary``: of all findings, or of those that stand."""
    summary = at(section, "summary")
    if not isinstance(summary, dict):
        return
    every, left = _counted(findings, "severity"), _counted(standing, "severity")
    for name in _SEVERITIES:
        if name in summary:
            _count(reader, where, f".{name}", summary[name], every.get(name, 0), left.get(name, 0))
    if "by_detector" not in summary:
        return
    by_detector, name = summary["by_detector"], ".by_detector"
    if by_detector == {} and not findings:
        reader.holds(where, name, _RULE)
        return
    reader.unknown(where, name, _RULE, "no document shows its form where there are findings")
    if isinstance(by_detector, dict):
        every, left = _counted(findings, "detector"), _counted(standing, "detector")
        for detector, stated in by_detector.items():
            if type(stated) is int:
                what = below(where + name, detector)
                _count(reader, what, "", stated, every.get(detector, 0), left.get(detector, 0))


def _count(reader: Reader, where: str, name: str, stated: Any, every: int, left: int) -> None:
    if type(stated) is not int:
        reader.unknown(where, name, _RULE, "it is no count", stated)
    elif stated == left:
        reader.holds(where, name, _RULE, left, stated)
    else:
        reader.compared(where, name, _RULE, every, stated)


def _detectors(reader: Reader, section: Any, where: str, findings: list[Any]) -> None:
    """What each detector says that it found, against the findings that name it."""
    runs = at(section, "detectors_run")
    if not isinstance(runs, list):
        return
    by_name = _counted(findings, "detector")
    for index, run in enumerate(runs):
        name, stated = at(run, "name"), at(run, "findings_count")
        if not isinstance(name, str) or stated is None:
            continue
        place, computed = f"[{index}].findings_count", by_name.get(name, 0)
        if type(stated) is int and stated == computed:
            reader.holds(where, place, _RULE, computed, stated)
        else:
            reader.unknown(where, place, _RULE, _RESCINDED, stated)


def _clean(reader: Reader, clean: Any, what: str, findings: list[Any], standing: list[Any]) -> None:
    if clean is True and not findings:
        reader.holds(what, "", _RULE, True, True)
    elif clean is True and any(_text(each, "severity") == "critical" for each in standing):
        reader.fails(what, "", _RULE, False, clean, "a critical finding stands")
    else:
        reader.unknown(what, "", _RULE, "when a section is clean is not published", clean)


def _counted(findings: list[Any], name: str) -> dict[str, int]:
    """How many findings say each thing there; of most sections there are none."""
    return Counter(_text(each, name) for each in findings) if findings else {}


def _text(finding: Any, name: str) -> str:
    value = at(finding, name)
    return value if isinstance(value, str) else ""
