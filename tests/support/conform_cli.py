"""Running ``pithmerge conform`` as a user's shell would, with the implementations of
`tests.support.conform_helpers` in reach."""

import re
from pathlib import Path
from typing import Any

from pithmerge.conformance.corpus import Corpus
from tests.support import conform_helpers as faulty
from tests.support.cli_helpers import Result, Run, pithmerge, run_all

CORPUS = Corpus.shipped()
CASES = CORPUS.chosen()
ALIASES = [case for case in CASES if case.suite == "aliases"]
CANONICAL = [case for case in CASES if case.suite.startswith("canonical-")]
ENV = faulty.environment()

Words = tuple[Any, ...]


def conform(*words: Any, **options: Any) -> Result:
    """Run ``pithmerge conform`` with these words."""
    return pithmerge("conform", *words, env=ENV, **options)


def conform_all(commands: dict[str, Words], **options: Any) -> dict[str, Result]:
    """The results of many."""
    runs = {name: Run(("conform", *words), env=ENV, **options) for name, words in commands.items()}
    return run_all(runs)


def run_words(respond: str, *words: Any) -> Words:
    """What runs the corpus on a function of `tests.support.conform_helpers`."""
    return ("run", "--impl", faulty.function(respond), *words)


def lines_like(pattern: str, result: Result) -> list[str]:
    """The group, or all that matches, of each line that begins so."""
    return re.findall(f"^{pattern}", result.text, re.MULTILINE)


def one_case(tmp_path: Path) -> Path:
    """A file of one case."""
    path = tmp_path / "case.jsonl"
    path.write_bytes(ALIASES[0].to_line())
    return path
