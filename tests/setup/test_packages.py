"""What is installed: the package, what its commands need, and no generator of what lies there."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
FOLDERS = {name: ROOT / folder for name, folder in SETUPTOOLS["package-dir"].items()}


def test_every_package_has_its_folder() -> None:
    assert SETUPTOOLS["packages"] == sorted(SETUPTOOLS["packages"]) == sorted(FOLDERS)
    assert all(folder.is_dir() for folder in FOLDERS.values())


def test_every_folder_of_the_package_is_installed() -> None:
    """All that has a module, below the three roots that are installed whole."""
    modules = [
        path for root in ("merge", "canon", "crypto") for path in (ROOT / root).rglob("*.py")
    ]
    assert {path.parent for path in modules} <= set(FOLDERS.values())


def test_of_the_fixtures_no_generator_is_installed() -> None:
    fixtures = {name: folder for name, folder in FOLDERS.items() if ".fixtures" in name}
    installed = {
        f"{name}.{path.stem}" for name, folder in fixtures.items() for path in folder.glob("*.py")
    }
    assert installed == {"pithmerge.fixtures.__init__", "pithmerge.fixtures.signers"}


def test_the_package_does_without_the_repository() -> None:
    for name, folder in FOLDERS.items():
        for path in folder.glob("*.py"):
            for word in ("fixtures.generators", "from tests", "from fixtures", "import fixtures"):
                text = path.read_text("utf-8")
                assert word not in text.replace("`fixtures.generators", ""), (name, path.name, word)
