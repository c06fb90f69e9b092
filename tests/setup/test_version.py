"""The version is the same wherever it stands."""

import re
from importlib import metadata

import pytest

from pithmerge import __version__
from tests.setup.locks import ROOT

pytestmark = pytest.mark.skipif(
    not (ROOT / "CITATION.cff").exists(), reason="the tests run without the repository"
)


def test_what_is_installed_is_cited_and_has_its_changes() -> None:
    assert metadata.version("pithmerge") == __version__
    cited = (ROOT / "CITATION.cff").read_text("utf-8")
    assert re.findall(r"^version: (.*)$", cited, re.MULTILINE) == [__version__]
    (day,) = re.findall(r'^date-released: "(\d{4}-\d\d-\d\d)"$', cited, re.MULTILINE)
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## \[(.*)\](.*)$", changes, re.MULTILINE)
    assert next(name for name, _ in versions if name != "Unreleased") == __version__
    assert (__version__, f" – {day}") in versions


def test_a_minor_version_is_said_to_be_stable() -> None:
    minor = ".".join(__version__.split(".")[:2])
    assert f"stays as it is within {minor}." in (ROOT / "docs/stability.md").read_text("utf-8")
