"""The source distribution is the repository, and the wheel built from it works outside of it."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.setup.locks import ROOT, read

PUBLISHED = ROOT / "fixtures" / "published"
FROM_ELSEWHERE = {".git", "build", "dist", "PKG-INFO", "setup.cfg", "__pycache__"}
"""What is in a folder of the repository, or of an unpacked source distribution, and no source."""


class Built(NamedTuple):
    """A version as it is published, made of a copy of the repository's sources."""

    sources: frozenset[str]
    sdist: Path
    wheel: Path


def run(*command: str | Path, cwd: Path) -> str:
    """What a command writes that is told nothing of where this is tested."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    ran = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def sources() -> frozenset[str]:
    """The repository's files; those of a source distribution where this is one, unpacked."""
    if (ROOT / ".git").exists():
        listed = run(
            "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT
        )
        return frozenset(name for name in listed.split("\0") if name and (ROOT / name).is_file())
    paths = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return frozenset(path.as_posix() for path in paths if is_source(path))


def is_source(path: Path) -> bool:
    made = any(
        part.startswith((".venv", ".coverage", ".hypothesis"))
        or part.endswith((".egg-info", "_cache"))
        for part in path.parts
    )
    return not made and FROM_ELSEWHERE.isdisjoint(path.parts)


def build(what: str, folder: Path, out: Path) -> Path:
    """Built by the locked backend itself: nothing is there that could fetch another."""
    code = f"import sys, setuptools.build_meta as backend; backend.build_{what}(sys.argv[1])"
    out.mkdir()
    run(sys.executable, "-c", code, out, cwd=folder)
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The source distribution of a copy of this repository, and the wheel that comes of it."""
    folder = tmp_path_factory.mktemp("distributions")
    names = sources()
    for name in names:
        (folder / "repository" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / "repository" / name)
    sdist = build("sdist", folder / "repository", folder / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    return Built(names, sdist, build("wheel", unpacked, folder / "wheel"))


@pytest.fixture(scope="module")
def outside(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment that has the wheel, what run.lock names, and nothing else."""
    folder = tmp_path_factory.mktemp("outside")
    venv.create(folder, symlinks=os.name != "nt")
    where = {"base": str(folder), "platbase": str(folder)}
    for pin in read("run.lock"):
        if pin.applies() and pin.name != "setuptools":
            for file in metadata.files(pin.name) or ():
                if ".." not in file.parts:
                    to = Path(sysconfig.get_path("purelib", "venv", where)) / file
                    to.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(file.locate(), to)
    scripts = Path(sysconfig.get_path("scripts", "venv", where))
    pip(scripts, "install", "--quiet", "--no-deps", "--no-index", built.wheel)
    return scripts


def pip(scripts: Path, *arguments: str | Path) -> str:
    return run(sys.executable, "-m", "pip", "--python", scripts / "python", *arguments, cwd=scripts)


def test_the_source_distribution_holds_the_repository(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = [
            name.partition("/")[2]
            for name in archive.getnames()
            if archive.getmember(name).isfile()
        ]
        (script,) = (name for name in archive.getnames() if name.endswith("/.ci/run"))
        assert archive.getmember(script).mode & 0o100
    assert {name for name in names if is_source(Path(name))} == built.sources


def test_the_wheel_holds_the_package_and_its_data(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        names = set(archive.namelist())
    version = metadata.version("pithmerge")
    folders = {name.partition("/")[0] for name in names}
    assert folders == {"pithmerge", f"pithmerge-{version}.dist-info"}
    assert "pithmerge/py.typed" in names
    published = {f"pithmerge/fixtures/published/{path.name}" for path in PUBLISHED.glob("*.json*")}
    assert published <= names


def test_with_what_is_locked_it_lacks_nothing(outside: Path) -> None:
    assert pip(outside, "check") == "No broken requirements found.\n"


def test_the_command_works_outside_of_the_repository(outside: Path, tmp_path: Path) -> None:
    code = "import pithmerge; print(pithmerge.__file__)"
    module = Path(run(outside / "python", "-c", code, cwd=tmp_path).strip())
    assert outside.parent in module.parents
    documents = sorted(PUBLISHED.glob("*.json"))
    for document in documents:
        shutil.copy(document, tmp_path)
    said = run(outside / "pithmerge", "verify", ".", cwd=tmp_path).splitlines()
    counts = f"1 OK, {len(documents) - 1} CONSISTENT, 0 FAILED, 0 unreadable"
    assert said[-1] == f"{len(documents)} documents: {counts}"
    (bundle,) = (path for path in documents if path.name.startswith("bundle-"))
    run(outside / "pithmerge", "graph", bundle.name, "-o", "graph.html", cwd=tmp_path)
    assert "<svg" in (tmp_path / "graph.html").read_text(encoding="utf-8")
    merged = run(outside / "pithmerge", "merge", bundle.name, cwd=tmp_path)
    assert merged.removesuffix("\n") in bundle.read_text(encoding="utf-8")
