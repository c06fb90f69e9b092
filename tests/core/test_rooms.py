"""The rooms of the package: who imports whom, what an import loads, and which names are public."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import pithmerge

ROOT = Path(__file__).parents[2]
MAY_IMPORT: dict[str, set[str]] = {
    "merge/showing.py": {"errors"},
    "canon": {"canon", "errors", "showing"},
    "merge/recognition.py": {"canon", "errors"},
    "crypto": {"crypto", "canon", "errors", "recognition", "showing"},
    "merge/core": {"core", "crypto", "canon", "errors", "showing"},
    "merge/arxiv/ids.py": set(),
    "merge/arxiv/dates.py": {"crypto"},
    "merge/arxiv/metadata.py": {"arxiv", "canon", "errors", "showing"},
    "merge/arxiv/records.py": {"arxiv", "building", "canon", "core"},
    "merge/arxiv/comparing.py": {"arxiv", "canon", "showing"},
}


def rooms_imported(path: Path) -> set[str]:
    """The rooms of pithmerge that a module imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, path
            if node.module == "pithmerge":
                names |= {f"pithmerge.{alias.name}" for alias in node.names}
            else:
                names.add(node.module or "")
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("pithmerge.")}


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_the_core_imports_nothing_above_it(room: str) -> None:
    place = ROOT / room
    modules = [place] if place.is_file() else sorted(place.rglob("*.py"))
    assert modules
    for path in modules:
        assert rooms_imported(path) <= MAY_IMPORT[room], path


@pytest.mark.parametrize(
    ("imported", "not_loaded"),
    [
        ("pithmerge", ("nacl", "networkx", "msgspec", "orjson", "click")),
        ("pithmerge.canon", ("nacl", "networkx", "click", "pithmerge.core", "pithmerge.crypto")),
        ("pithmerge.crypto", ("networkx", "click", "pithmerge.core")),
        ("pithmerge.core.merger", ("networkx", "click", "pithmerge.documents")),
    ],
)
def test_an_import_loads_no_more_than_it_needs(imported: str, not_loaded: tuple[str, ...]) -> None:
    code = f"import sys, {imported}; print([n for n in {not_loaded!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_public_names_are_these() -> None:
    assert sorted(pithmerge.__all__) == PUBLIC.split()


@pytest.mark.parametrize(
    "name",
    ["pithmerge", *(f"pithmerge.{room}" for room in (
        "canon", "crypto", "mirrors", "spec", "strategies", "verification"
    ))],
)  # fmt: skip
def test_what_is_importable_beside_the_public_names_is_private_by_name(name: str) -> None:
    module = import_module(name)
    for public in module.__all__:
        assert getattr(module, public) is not None
        assert public in dir(module)
    beside = {
        each
        for each, value in vars(module).items()
        if not each.startswith("_") and each not in module.__all__
        if not isinstance(value, ModuleType)
    }
    # Imported to define what is public, under its own name: that of the module where it lives.
    own = {each for each in beside if getattr(vars(module)[each], "__module__", None) == name}
    assert own == set()
    if name in ("pithmerge", "pithmerge.canon", "pithmerge.crypto", "pithmerge.mirrors"):
        assert beside == set()
    with pytest.raises(AttributeError, match="has no attribute 'reducer'"):
        _ = module.reducer


PUBLIC = """
CanonicalFormError Cause CauseCode Check Difference Document DocumentError DocumentKind
DocumentVerdict Equivocation EquivocationKind Event EventDict EventGraph EventType Evidence
Explanation InvalidEvent Key Keyring KeyringError MERGE_VERSION MergeError Merger Metadata
MetadataError Outcome PithmergeError Reason Report Rules SignerDict State
UnsupportedVersionError V1 __version__ as_of canonical_record_of comparable_report diff evidence
explain graph load_document load_merger merge pith_number save_merger verify_document
"""
