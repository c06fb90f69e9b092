"""CI may not pass because a tool was missing."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import skips

ROOT = Path(__file__).parents[2]

WANTING = {
    "in_a_test": "def test_it(): pytest.skip('there is no Node.js on the PATH')",
    "by_a_mark": "@pytest.mark.skipif(True, reason='no such tool')\ndef test_it(): pass",
    "a_module": "pytest.importorskip('no_such_module')",
    "in_a_fixture": "@pytest.fixture\ndef tool(): pytest.skip('no tool')\ndef test_it(tool): pass",
}
"""Tests that want something that is not there."""
NOT_WANTING = {
    "expected_to_fail": "@pytest.mark.xfail\ndef test_it(): assert False",
    "a_user": "def test_it(): pytest.skip('this user can read everything')",
}


def run(folder: Path, tests: dict[str, str], all_tools: str) -> str:
    """What pytest says of the tests."""
    for name, test in tests.items():
        (folder / f"test_{name}.py").write_text(f"import pytest\n{test}\n", encoding="utf-8")
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--continue-on-collection-errors",
            "-p",
            "tests.support.skips",
            "--rootdir",
            ".",
            ".",
        ],
        cwd=folder,
        env={
            # Under these pytest says in its summary what it has said before.
            **{name: os.environ[name] for name in os.environ if name not in ("CI", "BUILD_NUMBER")},
            "PYTHONPATH": str(ROOT),
            "PYTEST_ADDOPTS": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PITHMERGE_ALL_TOOLS": all_tools,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout


def test_where_all_tools_are_installed_a_skip_fails(tmp_path: Path) -> None:
    said = run(tmp_path, WANTING, all_tools="1")
    assert said.count("install what is missing") == len(WANTING), said
    assert not re.search(r"\d (passed|skipped)", said)


def test_elsewhere_it_skips(tmp_path: Path) -> None:
    said = run(tmp_path, WANTING, all_tools="")
    assert said.count("4 skipped in ") == 1, said


def test_what_no_tool_mends_is_left_alone(tmp_path: Path) -> None:
    said = run(tmp_path, NOT_WANTING, all_tools="1")
    assert said.count("1 skipped, 1 xfailed in ") == 1, said


def test_the_tests_here_are_judged_like_that(pytestconfig: pytest.Config) -> None:
    for name in ("pytest_runtest_makereport", "pytest_make_collect_report"):
        hooks = {found.function for found in getattr(pytestconfig.hook, name).get_hookimpls()}
        assert getattr(skips, name) in hooks


def test_ci_says_that_all_tools_are_installed() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    before, _, after = script.partition("export PITHMERGE_ALL_TOOLS=1")
    assert "make " not in before.replace("make and git", "")
    assert all(f"make {target}\n" in after for target in ("check", "conform", "demo"))
