"""The examples in docstrings run: where users look first."""

import inspect
import tarfile
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pithmerge
from pithmerge import building, mirrors
from pithmerge.building import Signer
from tests.support.paper import BUNDLE_FILE, event

DOCUMENTED: dict[str, Any] = {
    "pithmerge": pithmerge,
    "load_document": pithmerge.load_document,
    "verify_document": pithmerge.verify_document,
    "Keyring": pithmerge.Keyring,
    "Merger": pithmerge.Merger,
    "as_of": pithmerge.as_of,
    "diff": pithmerge.diff,
    "verify_mirror": mirrors.verify_mirror,
    "merge_mirror": mirrors.merge_mirror,
    "build_event": building.build_event,
}


def examples(documented: Any) -> list[str]:
    """The indented blocks before what a docstring says of arguments and attributes."""
    text = inspect.getdoc(documented) or ""
    for heading in ("Args:", "Attributes:", "Returns:", "Raises:"):
        text = text.partition(f"\n{heading}")[0]
    found: list[list[str]] = []
    inside = False
    for line in text.splitlines():
        indented = line.startswith("    ")
        if indented and not inside:
            found.append([])
        if indented or (inside and not line):
            found[-1].append(line)
        inside = indented or (inside and not line)
    return [textwrap.dedent("\n".join(lines)) for lines in found]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that the examples name."""
    data = BUNDLE_FILE.read_bytes()
    key = '{"keys": []}'
    for name in ("bundle.json", "monday/bundle.json", "tuesday/bundle.json", "mirror/1.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / "mirror-a").symlink_to(tmp_path / "mirror")
    (tmp_path / "mine.json").write_text(key)
    for name in ("more.tar", "mirror-b.tar"):
        with tarfile.open(tmp_path / name, "w") as tar:
            tar.add(tmp_path / "bundle.json", "bundle.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", DOCUMENTED)
@pytest.mark.usefixtures("folder")
def test_the_examples_run(name: str) -> None:
    found = examples(DOCUMENTED[name])
    assert found
    names: dict[str, Any] = {each: getattr(pithmerge, each) for each in pithmerge.__all__}
    bundle = pithmerge.load_document(BUNDLE_FILE)
    names |= {
        "bundle": bundle,
        "number": bundle.pith_number,
        "events": bundle.events,
        "another": event(),
        "other_mirrors": pithmerge.Merger(bundle.pith_number),
        "seed": b"\x01" * 32,
        "Signer": Signer,
        "build_event": building.build_event,
        "verify_mirror": mirrors.verify_mirror,
        "merge_mirror": mirrors.merge_mirror,
    }
    for code in found:
        exec(compile(code, name, "exec"), names)


def test_an_example_is_found() -> None:
    assert examples(examples) == []
    run: Callable[[Any], list[str]] = examples
    assert run(pithmerge.as_of)[0].startswith("early = as_of(bundle.events, ")
