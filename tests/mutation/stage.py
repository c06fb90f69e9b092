"""Lay the core out as mutmut expects it: ``python tests/mutation/stage.py FOLDER [SLICE …]``.

mutmut finds a module by the path of its file, so in ``FOLDER/SLICE/src`` the package lies under its
own name. Each slice of the core is a run of its own, with the tests that are about it: so a mutant
meets the tests that say what it broke, not every test that happens to pass through it.
"""

import re
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "merge": "pithmerge",
    "canon": "pithmerge/canon",
    "crypto": "pithmerge/crypto",
    "fixtures": "pithmerge/fixtures",
}
"""Where each root folder lies once it is installed."""

READ_BY_TESTS = ("tests", "fixtures", "SPEC.md", "pyproject.toml")
"""What the tests read beside the package."""

PLUGIN = "mutation_plugin"
"""The pytest plugin beside this file: what a test does differently in a mutation run."""


CORPUS = "conformance/test_corpus.py::TestImplementations::test_the_reference_passes"
"""Every case of the conformance corpus, through the core; a test a suite."""


NOT_STAGED = "test_rooms.py"
"""Looks at the folders themselves, which lie elsewhere here."""


class Slice(NamedTuple):
    """A part of the core: the files that are mutated, and the tests that may kill a mutant."""

    mutated: tuple[str, ...]
    tests: tuple[str, ...]


SLICES = {
    "canon": Slice(("canon/*.py",), ("canon/test_*.py", CORPUS)),
    "crypto": Slice(("crypto/*.py",), ("crypto/test_*.py", CORPUS)),
    "core": Slice(
        ("core/*.py",),
        ("core/test_*.py", "documents/test_building.py", "documents/test_published*.py", CORPUS),
    ),
}

_DECORATED = re.compile(
    r"^(?P<indent> +)@(?P<decorator>property|cached_property)\n"
    r"(?P<body>(?P=indent)def (?P<name>\w+)\(.*\n(?:(?:(?P=indent) .*)?\n)+)",
    re.MULTILINE,
)


def undecorated(source: str) -> str:
    """The same module with its properties made by calls, for mutmut skips decorated functions."""
    return _DECORATED.sub(
        lambda match: (
            match["body"].replace(f"def {match['name']}(", f"def get_{match['name']}(", 1).rstrip()
            + f"\n\n{match['indent']}{match['name']} = "
            + f"{match['decorator']}(get_{match['name']})\n\n"
        ),
        source,
    )


def stage(folder: Path, part: Slice) -> None:
    """Copy package, tests and what the tests read into ``folder``, and configure mutmut there."""
    shutil.rmtree(folder, ignore_errors=True)
    package = folder / "src" / "pithmerge"
    unread = shutil.ignore_patterns("__pycache__")
    for source, target in PACKAGES.items():
        shutil.copytree(ROOT / source, folder / "src" / target, dirs_exist_ok=True, ignore=unread)
    for name in READ_BY_TESTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=unread)
        else:
            shutil.copy(ROOT / name, folder / name)
    for pattern in part.mutated:
        for path in package.glob(pattern):
            if path.suffix == ".py":
                path.write_text(undecorated(path.read_text("utf-8")), "utf-8")
    shutil.copy(Path(__file__).with_name(f"{PLUGIN}.py"), folder / "src")
    tests = []
    for selected in part.tests:
        pattern, _, test = selected.partition("::")
        paths = [path for path in sorted(ROOT.glob(f"tests/{pattern}")) if path.name != NOT_STAGED]
        names = [path.relative_to(ROOT).as_posix() for path in paths]
        tests += [f"{name}::{test}" if test else name for name in names]
    configured = {
        "source_paths": ["src"],
        "only_mutate": [f"src/pithmerge/{pattern}" for pattern in part.mutated],
        "also_copy": [*READ_BY_TESTS, f"src/{PLUGIN}.py"],
        "pytest_add_cli_args_test_selection": tests,
        "pytest_add_cli_args": ["-p", PLUGIN, "-p", "no:cacheprovider", "-W", "ignore"],
    }
    lines = ["[mutmut]"]
    for option, values in configured.items():
        lines += [f"{option} =", *(f"    {value}" for value in values)]
    (folder / "setup.cfg").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    for name in sys.argv[2:] or SLICES:
        if name not in SLICES:
            sys.exit(f"there is no slice {name!r}: choose from {', '.join(SLICES)}")
        stage(Path(sys.argv[1], name), SLICES[name])
