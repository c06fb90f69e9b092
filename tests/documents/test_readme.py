"""README's examples run, and print what README says."""

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
EXAMPLE = re.compile(r"^```python\n(.*?)^```\n\n```\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^):#]+)(?:#[^)]*)?\)")

pytestmark = pytest.mark.skipif(not README.exists(), reason="the tests run without the repository")


EXAMPLES = {"README.md": 1, "docs/auditing.md": 1, "docs/library.md": 3, "docs/start.md": 1}


@pytest.mark.parametrize(("name", "count"), EXAMPLES.items())
def test_the_examples(
    name: str, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ROOT / name
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    monkeypatch.chdir(tmp_path)
    examples = EXAMPLE.findall(page.read_text("utf-8"))
    assert len(examples) == page.read_text("utf-8").count("```python") == count
    for code, printed in examples:
        with contextlib.redirect_stdout(io.StringIO()) as stdout:
            exec(compile(code, page, "exec"), {})
        assert stdout.getvalue() == printed


@pytest.mark.parametrize(
    "name",
    [
        *("README.md", "CONTRIBUTING.md", "SECURITY.md", "CONFORMANCE.md"),
        *(path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").glob("*.md"))),
    ],
)
def test_a_link_leads_somewhere(name: str) -> None:
    page = ROOT / name
    for target in LINK.findall(page.read_text("utf-8")):
        assert target.startswith("http") or (page.parent / target).exists(), target


def test_the_way_of_an_event_is_the_one_in_the_code() -> None:
    """What CONTRIBUTING names beside a module is a definition in it."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    way = text.partition("## One event, from bytes to state")[2].partition("\n## ")[0]
    found = re.findall(r"`([\w.]+)` in `((?:core|merge)/\w+\.py)`", way)
    assert len(found) > 12
    for name, path in found:
        module = ROOT / (path if path.startswith("merge/") else f"merge/{path}")
        code = module.read_text("utf-8")
        for part in name.split("."):
            assert re.search(rf"^ *(?:def|class) {part}\b", code, re.MULTILINE), (name, path)


def test_it_stays_a_page() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= 120
