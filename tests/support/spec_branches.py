"""``python -m tests.support.spec_branches SETS``: which branches of `pithmerge.spec` the merges of
so many drawn sets leave out. In a process of its own, for it traces."""

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import coverage

from pithmerge import spec
from pithmerge.conformance.attempts import draw
from pithmerge.conformance.implementations import FunctionImplementation
from pithmerge.conformance.laws import SETS, agreement_inputs
from pithmerge.conformance.questions import Questions
from pithmerge.conformance.reference import answer
from pithmerge.conformance.specification import merge_request
from pithmerge.errors import PithmergeError

FOLDER = Path(spec.__file__).resolve().parent


def requests(count: int) -> Iterator[dict[str, Any]]:
    """What the law `agreement` asks of so many sets."""
    random = Random(1)
    questions = Questions("agreement", FunctionImplementation(answer), None, 1.0)
    for _ in range(count):
        drawn = draw(random, SETS)
        yield agreement_inputs(questions, drawn.event_set(SETS), drawn.choices())


def left_out(count: int) -> dict[str, list[str]]:
    """By module, the functions that have a branch that no merge of so many sets takes."""
    asked = list(requests(count))
    measured = coverage.Coverage(
        branch=True, data_file=None, config_file=False, source=[str(FOLDER)]
    )
    measured.start()
    for inputs in asked:
        try:
            merge_request(inputs)
        except PithmergeError:
            continue
    measured.stop()
    found = {}
    for path in sorted(measured.get_data().measured_files()):
        lines = set(measured.analysis2(path)[3])
        tree = ast.parse(Path(path).read_text("utf-8"))
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        found[Path(path).stem] = sorted(
            node.name
            for node in functions
            if lines & set(range(node.body[0].lineno, (node.end_lineno or 0) + 1))
        )
    return found


if __name__ == "__main__":
    print(json.dumps(left_out(int(sys.argv[1]))))
