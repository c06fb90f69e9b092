"""The pictures in docs/pictures are what the commands in the documentation make."""

from pathlib import Path

import pytest

from tests.support.cli_helpers import pithmerge

ROOT = Path(__file__).parents[2]
GIVEN = {"fork.svg": "bundle-fork.json", "long.svg": "events-long.json"}


@pytest.mark.parametrize("name", GIVEN)
def test_a_picture_of_the_documentation_is_what_the_command_makes(
    tmp_path: Path, name: str
) -> None:
    out, given = tmp_path / name, f"fixtures/synthetic/{GIVEN[name]}"
    words = ("graph", "--key", "fixtures/synthetic/keyring.json", given, "-o", out)
    assert pithmerge(*words, cwd=ROOT).code == 0
    assert out.read_bytes() == (ROOT / "docs" / "pictures" / name).read_bytes()
    assert {path.name for path in (ROOT / "docs" / "pictures").glob("*.svg")} == set(GIVEN)
