"""The implementation in JavaScript, behind its pipe."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pithmerge.conformance.implementations import CommandImplementation
from tests.support.conform_helpers import ROOT


@contextmanager
def in_node() -> Iterator[CommandImplementation]:
    """It, running; the test skips where there is no node for it."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no Node.js on the PATH")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    if int(said.stdout.lstrip("v").partition(".")[0] or 0) < 18:
        pytest.skip(f"Node.js is {said.stdout.strip()}, and 18 is needed")
    script = ROOT / "merge" / "web" / "pithmerge.mjs"
    implementation = CommandImplementation(f"'{node}' '{script}'")
    yield implementation
    assert implementation.close() == 0
