"""The site is made of the documents as they are, and ends where one of them has rotted."""

import importlib
import re
from pathlib import Path

import pytest

import pithmerge
from docs.site.staging import SiteError, stage

ROOT = Path(__file__).parents[2]
ROOMS = ("building", "canon", "crypto", "mirrors", "spec", "strategies")

pytestmark = pytest.mark.skipif(
    not (ROOT / "docs").exists(), reason="the tests run without the repository"
)


def repository(folder: Path, **pages: str) -> Path:
    """A repository with a README and the given documents."""
    root = folder / "repository"
    (root / "docs" / "adr").mkdir(parents=True)
    (root / "fixtures").mkdir()
    (root / "README.md").write_text("# Here\n", "utf-8")
    for name, text in pages.items():
        (root / "docs" / f"{name}.md").write_text(text, "utf-8")
    return root


def staged(root: Path, folder: Path) -> Path:
    stage(root, folder / "pages", folder / "scratch")
    return folder / "pages"


def test_the_reference_has_every_public_name_once() -> None:
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    named = re.findall(r"^::: pithmerge\.(.*)$", page, re.MULTILINE)
    public = set(pithmerge.__all__) - {"__version__"}
    for room in ROOMS:
        names = importlib.import_module(f"pithmerge.{room}").__all__
        public |= {f"{room}.{name}" for name in names}
    assert sorted(named) == sorted(public)


def test_every_page_and_notebook_is_in_the_navigation() -> None:
    listed = set(re.findall(r'= "(.*\.md)"', (ROOT / "docs/site/zensical.toml").read_text()))
    pages = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    notebooks = (ROOT / "docs/notebooks").glob("*.ipynb")
    pages |= {f"docs/notebooks/{path.stem}.md" for path in notebooks}
    assert pages <= listed
    assert {"index.md", "SPEC.md", "CONFORMANCE.md", "CHANGELOG.md"} <= listed


def test_links_lead_where_they_lead_in_the_repository(tmp_path: Path) -> None:
    root = repository(
        tmp_path, a="[home](../README.md) [code](../x.py#L1) [all](adr) [out](https://x.example)\n"
    )
    (root / "x.py").write_text("pass\n", "utf-8")
    (root / "docs" / "adr" / "0001-why.md").write_text("# 1. Why\n", "utf-8")
    pages = staged(root, tmp_path)
    assert (pages / "docs/a.md").read_text() == (
        "[home](../index.md) [code](../x.py.md#L1) [all](adr/index.md) [out](https://x.example)\n"
    )
    assert (pages / "x.py.md").read_text() == "# x.py\n\n```python\npass\n```\n"
    assert "* [1. Why](0001-why.md)" in (pages / "docs/adr/index.md").read_text()


@pytest.mark.parametrize("target", ["gone.md", "../../outside.md"])
def test_a_link_that_leads_nowhere_ends_it(tmp_path: Path, target: str) -> None:
    (tmp_path / "outside.md").write_text("", "utf-8")
    root = repository(tmp_path, a=f"[x]({target})\n")
    with pytest.raises(SiteError, match=r"docs/a\.md: the link to .* leads nowhere"):
        staged(root, tmp_path)


def test_a_link_in_code_is_no_link(tmp_path: Path) -> None:
    text = "```\n[x](gone.md)\n```\n"
    pages = staged(repository(tmp_path, a=text), tmp_path)
    assert (pages / "docs/a.md").read_text() == text


def test_a_command_that_prints_something_else_ends_it(tmp_path: Path) -> None:
    root = repository(tmp_path, a="```console\n$ echo one\ntwo\n```\n")
    with pytest.raises(SiteError, match=r"docs/a\.md: `echo one` prints\none"):
        staged(root, tmp_path)
    (root / "docs" / "a.md").write_text("```console\n$ echo one\none\n```\n", "utf-8")
    stage(root, tmp_path / "again", tmp_path / "scratch-again")
