"""The locks are whole: each holds what is asked for and all that this needs, in one version."""

import re
from importlib import metadata
from itertools import groupby, product
from operator import attrgetter

import pytest

from tests.setup.locks import FOLDER, PROJECT, ROOT, asked_for, closure, read

LOCKS = sorted(path.name for path in FOLDER.glob("*.lock"))
ASKED_FOR = {"run.lock": set(), "check.lock": {"dev", "bench"}}
"""The extras that each lock holds."""

SUPPORTED = sorted(
    found[1]
    for line in PROJECT["project"]["classifiers"]
    if (found := re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", line))
)
PLATFORMS = [("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt")]


def test_these_are_the_locks() -> None:
    assert LOCKS == [
        "browser.lock",
        "check.lock",
        "mutation.lock",
        "pip-23.0.1.lock",
        "pip-26.3.lock",
        "release.lock",
        "run.lock",
        "site.lock",
    ]


@pytest.mark.parametrize("name", LOCKS)
def test_each_entry_is_one_version_with_hashes(name: str) -> None:
    for pin in read(name):
        (specifier,) = pin.requirement.specifier
        assert specifier.operator == "=="
        assert "*" not in specifier.version
        assert pin.requirement.url is None
        assert not pin.requirement.extras
        assert pin.hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in pin.hashes)


@pytest.mark.parametrize(("python", "platform"), list(product(SUPPORTED, PLATFORMS)))
@pytest.mark.parametrize("name", LOCKS)
def test_no_name_has_two_versions_anywhere(
    name: str, python: str, platform: tuple[str, str, str]
) -> None:
    where = dict(zip(("sys_platform", "platform_system", "os_name"), platform, strict=True))
    where |= {"python_version": python, "python_full_version": f"{python}.0"}
    pins = sorted((pin for pin in read(name) if pin.applies(**where)), key=attrgetter("name"))
    twice = [pin for pin, same in groupby(pins, attrgetter("name")) if len(list(same)) > 1]
    assert twice == []
    anywhere = {pin.name for pin in read(name) if pin.requirement.marker is None}
    assert anywhere <= {pin.name for pin in pins}


@pytest.mark.parametrize("name", ASKED_FOR)
def test_it_holds_what_is_needed_here_and_nothing_else(name: str) -> None:
    needed = closure(asked_for(ASKED_FOR[name]))
    pinned = {pin.name: pin.version for pin in read(name) if pin.applies()}
    assert pinned.keys() == needed.keys()
    for wanted, requirements in needed.items():
        for requirement in requirements:
            assert requirement.specifier.contains(pinned[wanted], prereleases=True), requirement


def test_the_tests_run_with_what_is_locked() -> None:
    pinned = {pin.name: pin.version for pin in read("check.lock") if pin.applies()}
    assert {found: metadata.version(found) for found in pinned} == pinned


def test_what_checks_are_run_with_is_what_the_package_is_run_with() -> None:
    entries = {(str(pin.requirement), pin.hashes) for pin in read("check.lock")}
    assert {(str(pin.requirement), pin.hashes) for pin in read("run.lock")} <= entries


def test_mutmut_changes_no_version_of_the_checks() -> None:
    pinned = {pin.name: pin.version for pin in read("check.lock") if pin.applies()}
    added = {pin.name: pin.version for pin in read("mutation.lock") if pin.applies()}
    assert "mutmut" in added
    assert {name: version for name, version in added.items() if name in pinned} == {
        name: pinned[name] for name in added if name in pinned
    }


def test_the_demo_needs_little() -> None:
    pinned = {pin.name for pin in read("run.lock")}
    assert {"pynacl", "orjson", "msgspec", "networkx", "click", "rich"} <= pinned
    assert {"jinja2", "defusedxml", "setuptools"} <= pinned
    assert len(pinned) < 18


def test_each_lock_is_used() -> None:
    scripts = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("Makefile", ".ci/run"))
    for name in LOCKS:
        assert f"requirements/{re.sub('pip-.*', 'pip-*.lock', name)}" in scripts
