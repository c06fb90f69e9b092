"""The report as one self-contained page: a summary, and each failure with both values side by side.

No script, no font, no picture from anywhere else; it can be mailed and opened in ten years.
"""

import json
from collections.abc import Sequence
from html import escape
from typing import Any, Final

from pithmerge.conformance.reports import Run
from pithmerge.conformance.runner import CaseResult, counts_of
from pithmerge.conformance.verdicts import Verdict

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --bad: #c62828; --good: #2e7d32; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem }
h1 { font-size: 1.5rem; margin-bottom: 0 }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
p.sub { margin-top: .2rem; opacity: .75 }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
td.zero { opacity: .35 }
.good { color: var(--good); font-weight: 600 } .bad { color: var(--bad); font-weight: 600 }
article { border: 1px solid var(--line); border-left: .3rem solid var(--bad); border-radius: .3rem;
  margin: 1rem 0; padding: .6rem 1rem }
article h3 { font-size: 1rem; margin: 0 } article p { margin: .3rem 0 }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem }
@media (max-width: 50rem) { .pair { grid-template-columns: 1fr } }
.pair h4 { font-size: .85rem; margin: .4rem 0; opacity: .75 }
pre { background: #8881; border-radius: .3rem; margin: 0; max-height: 24rem; overflow: auto;
  padding: .6rem; font-size: .8rem; white-space: pre-wrap; overflow-wrap: anywhere }
mark { background: #ffca2899; color: inherit }
"""

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""What a browser may do with the page, should anything ever get past the escaping."""

_LONGEST_VALUE: Final = 20_000
"""Characters of a value that are shown; the JSON-lines report has all of them."""


def html_report(run: Run) -> bytes:
    """The page of a run, in UTF-8."""
    name = str(run.implementation.get("name", run.command))
    passed = len(run.results) - len(run.failures)
    tone = "good" if not run.failures else "bad"
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        f"<meta http-equiv='Content-Security-Policy' content=\"{_POLICY}\">",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<title>{_e(name)}: pith-open-graph-merge-v1 conformance</title>",
        f"<style>{_STYLE}</style></head><body>",
        f"<h1>{_e(name)} against pith-open-graph-merge-v1</h1>",
        f"<p class='sub'>{_e(_described(run))}</p>",
        f"<p><span class='{tone}'>{passed} of {len(run.results)} cases pass.</span> "
        f"{_e(_assessed(run))}</p>",
        _summary(run.results),
    ]
    if run.assessment.stale:
        stale = "".join(f"<li>{_e(line)}</li>" for line in run.assessment.stale)
        parts.append(f"<h2>Stale lines of the baseline</h2><ul>{stale}</ul>")
    if run.failures:
        parts.append("<h2>What did not pass</h2>")
        parts.extend(_failure(result) for result in run.failures)
    parts.append("</body></html>\n")
    return "\n".join(parts).encode("utf-8", "xmlcharrefreplace")


def _described(run: Run) -> str:
    facts = [
        str(run.implementation[key])
        for key in ("version", "language", "source")
        if key in run.implementation
    ]
    return " · ".join([*facts, f"run as: {run.command}", f"{run.seconds:g} s a case"])


def _assessed(run: Run) -> str:
    violations, stale = len(run.assessment.violations), len(run.assessment.stale)
    if not violations and not stale:
        return "The others are known failures." if run.failures else ""
    return f"Not in the baseline: {violations}. Stale lines of the baseline: {stale}."


def _summary(results: Sequence[CaseResult]) -> str:
    suites: dict[str, list[CaseResult]] = {}
    for result in results:
        suites.setdefault(result.case.suite, []).append(result)
    head = "".join(f"<th class='n'>{_e(verdict)}</th>" for verdict in Verdict)
    rows = [_row(f"<td>{_e(suite)}</td>", members) for suite, members in suites.items()]
    rows.append(_row("<th>all</th>", results))
    return (
        f"<h2>By suite</h2><table><thead><tr><th>suite</th>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _row(label: str, results: Sequence[CaseResult]) -> str:
    cells = []
    for verdict, count in counts_of(results).items():
        tone = "zero" if not count else "good" if verdict is Verdict.PASS else "bad"
        cells.append(f"<td class='n {tone}'>{count}</td>")
    return f"<tr>{label}{''.join(cells)}</tr>"


def _failure(result: CaseResult) -> str:
    case, judgement = result.case, result.judgement
    rules = ", ".join(f"SPEC {rule}" for rule in case.because)
    parts = [
        f"<article id='{_e(case.id)}'><h3>{_e(case.id)} "
        f"<span class='bad'>{_e(result.verdict)}</span></h3>",
        f"<p>{_e(case.description)} <em>({_e(case.suite)}; {_e(rules)})</em></p>",
        f"<p>{_e(judgement.detail)}</p>",
    ]
    if judgement.expected is not None or judgement.found is not None:
        expected, found = _shown(judgement.expected), _shown(judgement.found)
        parts.append(
            "<div class='pair'>"
            f"<div><h4>expected</h4><pre>{_marked(expected, found)}</pre></div>"
            f"<div><h4>found</h4><pre>{_marked(found, expected)}</pre></div></div>"
        )
    if result.stderr:
        parts.append(f"<h4>stderr</h4><pre>{_e(result.stderr)}</pre>")
    parts.append("</article>")
    return "".join(parts)


def _marked(text: str, other: str) -> str:
    """The text, its part that differs from the other marked: between common beginning and end."""
    start = 0
    while start < min(len(text), len(other)) and text[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(text), len(other)) - start and text[-1 - end] == other[-1 - end]:
        end += 1
    middle = len(text) - end
    return f"{_e(text[:start])}<mark>{_e(text[start:middle])}</mark>{_e(text[middle:])}"


def _shown(value: Any) -> str:
    """A value as text: JSON unless it is text already."""
    if value is None:
        return "(nothing)"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    if len(text) > _LONGEST_VALUE:
        return f"{text[:_LONGEST_VALUE]}… ({len(text):,} characters)"
    return text


def _e(text: object) -> str:
    """HTML text; what is invisible or a lone surrogate is written as an escape."""
    return escape(
        "".join(
            char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode()
            for char in str(text)
        )
    )
