"""Where everything that the checks need is installed, a skipped test is a test that failed.

Two hooks of pytest, which ``tests/conftest.py`` imports.
"""

import os
import re
from collections.abc import Generator
from typing import Final

import pytest

ALL_TOOLS: Final = "PITHMERGE_ALL_TOOLS"
"""The environment variable that says that everything is installed. ``.ci/run`` sets it."""

NO_TOOL_MENDS_IT: Final = (
    re.compile(r"the third-party Ed25519 vectors are not in shared/ed25519 beside the repository"),
    re.compile(r"this user can (read everything|write everywhere)"),
    re.compile(r"the file system takes text only"),
    re.compile(r"this user cannot mount a small disk"),
    re.compile(r"its commands do; not installed for its sessions: .+"),
)
"""Material that is not ours to give, a user, a file system; sessions that `make site` runs, where
what they import is locked."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that skips, itself or in a fixture."""
    report = yield
    judge(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module that skips whole."""
    report = yield
    judge(report)
    return report


def judge(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Make a skip for want of a tool a failure, where all of them are installed."""
    if not report.skipped or hasattr(report, "wasxfail") or not os.environ.get(ALL_TOOLS):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if not any(pattern.fullmatch(reason) for pattern in NO_TOOL_MENDS_IT):
        report.outcome = "failed"
        report.longrepr = (
            f"skipped: {reason}\n{ALL_TOOLS} is set: install what is missing (for CI: name it in "
            ".ci/run), or give a reason that is in NO_TOOL_MENDS_IT of tests/support/skips.py"
        )
