"""What runs the kit in somebody else's CI: the action, the container and the script of both."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / ".ci" / "conformance"
KIT = Path(sys.executable).parents[1]

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the tests run without the repository")


def run(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FOLDER / "run"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "KIT": str(KIT), "MAX_EXAMPLES": "0", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_implementation_is_tried(tmp_path: Path) -> None:
    done = run(tmp_path, IMPLEMENTATION="pithmerge.spec", REPORT="out.xml", MAX_EXAMPLES="18")
    assert done.returncode == 0, done.stderr
    assert "cases pass" in done.stdout
    assert "agreement" in done.stdout
    assert (tmp_path / "out.xml").read_text("utf-8").startswith("<?xml")


def test_its_exit_code_is_the_one_of_the_kit(tmp_path: Path) -> None:
    done = run(tmp_path, IMPLEMENTATION="false")
    assert done.returncode == 3
    assert "does not answer hello" in done.stderr


def test_without_an_implementation_it_says_so(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 2
    assert "name the command of the implementation" in done.stderr


def test_the_action_gives_the_script_what_it_takes() -> None:
    action, script = ((FOLDER / name).read_text("utf-8") for name in ("action.yml", "run"))
    given = set(re.findall(r"^ {8}([A-Z_]+): \$\{\{ inputs\.", action, re.MULTILINE))
    taken = set(re.findall(r"\$\{?([A-Z_]+)", script)) - {"KIT", "PWD"}
    assert given == taken
    used = set(re.findall(r"inputs\.([a-z-]+)", action))
    assert used == set(re.findall(r"^  ([a-z-]+):$", action.partition("runs:")[0], re.MULTILINE))
