"""The pages of the site, from the documents of the repository: the same paths, so the same links.

What a page shows of commands is run and must be what they print; what it links to goes with it,
code as a page of its own.
"""

import posixpath
import re
import shutil
from pathlib import Path

from docs.site.consoles import differences, run, sessions_of, shown_by

PAGES = ("*.md", "docs/*.md", "docs/adr/*.md", "benchmarks/RESULTS.md", "tests/zoo/ZOO.md")
START = "README.md"
"""The page that a reader of the site begins with, `index.md` there."""

_LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?(?=\))")
_FENCE = re.compile(r"^(```.*?^```$)", re.MULTILINE | re.DOTALL)


class SiteError(Exception):
    """A page is not as it should be: which one, and what to mend."""


def stage(root: Path, pages: Path, scratch: Path) -> None:
    """Write the pages of the repository ``root`` to ``pages``, which must not exist.

    Args:
        root: the repository.
        pages: where the pages go.
        scratch: a folder in which commands may write; they find the fixtures there.

    Raises:
        SiteError: a link leads nowhere, or a command prints something else than its page says.
    """
    waiting = sorted({path for pattern in PAGES for path in root.glob(pattern)})
    known = set(waiting)
    while waiting:
        path = waiting.pop(0)
        place = path.relative_to(root).as_posix()
        for found in _write(root, path, pages / _page_of(root, place), scratch / place):
            if found not in known:
                known.add(found)
                waiting.append(found)


def _write(root: Path, path: Path, page: Path, scratch: Path) -> list[Path]:
    """Write one page; the files that it links to."""
    page.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".ipynb":
        return []  # run by itself
    if path.suffix not in {".md", ".py", ""}:
        shutil.copyfile(path, page)
        return []
    if path.is_dir():
        page.write_text(_list(path), "utf-8")
        return sorted(path.glob("*.md"))
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        page.write_text(f"# {path.relative_to(root)}\n\n```python\n{text}```\n", "utf-8")
        return []
    _try_commands(root, path, text, scratch)
    linked: list[Path] = []
    folder = path.parent.relative_to(root).as_posix()

    def leading(match: re.Match[str]) -> str:
        place = posixpath.normpath(posixpath.join(folder, match[1]))
        if place.startswith("..") or not (root / place).exists():
            raise SiteError(f"{path.relative_to(root)}: the link to {match[1]} leads nowhere")
        linked.append(root / place)
        target = _page_of(root, place)
        return posixpath.relpath(target, page_folder) + (match[2] or "")

    page_folder = posixpath.dirname(_page_of(root, path.relative_to(root).as_posix())) or "."
    parts = _FENCE.split(text)
    page.write_text(
        "".join(part if part.startswith("```") else _LINK.sub(leading, part) for part in parts),
        "utf-8",
    )
    return linked


def _page_of(root: Path, place: str) -> str:
    if place == START:
        return "index.md"
    if place.endswith("/" + START):
        return place.removesuffix(START) + "index.md"
    if (root / place).is_dir():
        return f"{place}/index.md"
    if place.endswith(".ipynb"):
        return place.removesuffix(".ipynb") + ".md"
    return f"{place}.md" if place.endswith(".py") else place


def _try_commands(root: Path, path: Path, text: str, scratch: Path) -> None:
    shown, sessions = shown_by(text), sessions_of(text)
    if not shown and not sessions:
        return
    scratch.mkdir(parents=True)
    (scratch / "fixtures").symlink_to(root / "fixtures")
    for each in shown:
        printed = run(each.command, scratch)
        if not each.is_printed(printed):
            raise SiteError(
                f"{path.relative_to(root)}: `{each.command}` prints\n{printed}\n"
                f"and the page says\n{each.printed}"
            )
    for session in sessions:
        if differs := differences(session, scratch):
            raise SiteError(f"{path.relative_to(root)}: {differs}")


def _list(folder: Path) -> str:
    """A page that lists the pages of a folder by their first lines."""
    lines = [f"# {folder.name}", ""]
    for path in sorted(folder.glob("*.md")):
        title = path.read_text("utf-8").partition("\n")[0].lstrip("# ")
        lines.append(f"* [{title}]({path.name})")
    return "\n".join([*lines, ""])
