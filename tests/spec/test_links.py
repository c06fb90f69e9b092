"""SPEC.md and the executable specification lead to each other, and the latter stands alone."""

import ast
import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest

from pithmerge.conformance.laws import LAWS
from pithmerge.conformance.lint import rules_of
from pithmerge.spec import evidence, validity

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SPEC.md").read_text("utf-8")
RULES = rules_of(TEXT)
MODULES = sorted((ROOT / "merge" / "spec").glob("*.py"))

WITHOUT_CODE = {
    "1.3": "traps of libraries that the specification does without",
    "2.7": "what was seen, and asks nothing",
    "3.4": "what must not be looked at, and is not",
    "4.4": "what was seen, and asks nothing",
    "7.2a": "says how the registry works",
    "7.3": "neither side wins: nothing is done",
    "10.4": "merge-v1 does not fold them",
    "10.6": "causes are each program's own",
    "11.9": "how evidence is made: the specification checks it",
}

_LINE = re.compile(
    r"^\*In code\*, \[`(?P<path>[^`]+)`\]\((?P=path)\)[\w, ]*: (?P<entries>.+)$", re.MULTILINE
)
_NUMBER = re.compile(r"(?<![\d.])\d{1,2}\.\d{1,2}[a-z]?(?![\w.]*\d)|(?<=SPEC )\d+(?![\d.])")
_REASON_ROW = re.compile(r"^\| `(\w+)`( †)? \|", re.MULTILINE)


@dataclass(frozen=True)
class Named:
    """A function that SPEC.md names beside a rule."""

    path: str
    rule: str
    name: str


def named(folder: str = "merge/spec/") -> list[Named]:
    found = []
    lines = [line for line in _LINE.finditer(TEXT) if line["path"].startswith(folder)]
    for line in lines:
        for entry in line["entries"].split(" · "):
            rule, _, rest = entry.partition(" ")
            names = re.findall(r"`(\w+)`", re.sub(r"\(`[^)]*\)", "", rest))
            assert names, entry
            found += [Named(line["path"], rule, name) for name in names]
    return found


def documented(path: Path) -> dict[str, str]:
    """What a module defines, with its docstring; of a constant the string after it."""
    found: dict[str, str] = {}
    body = ast.parse(path.read_text("utf-8")).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = ast.get_docstring(node) or ""
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            says = after.value if isinstance(after, ast.Expr) else None
            text = says.value if isinstance(says, ast.Constant) else ""
            if isinstance(target, ast.Name):
                found[target.id] = str(text)
    return found


def rules_in(docstring: str) -> set[str]:
    return set(_NUMBER.findall(docstring))


def reasons_of_table() -> tuple[str, ...]:
    table = TEXT.partition("**5.1 [D]**")[2].partition("**5.1a")[0]
    return tuple(reason for reason, _ in _REASON_ROW.findall(table))


def reasons_with_a_dagger() -> tuple[str, ...]:
    return tuple(reason for reason, dagger in _REASON_ROW.findall(TEXT) if dagger)


def test_there_are_links() -> None:
    assert len(named()) > 60
    assert {entry.path for entry in named()} == {
        f"merge/spec/{path.name}" for path in MODULES if path.name != "__init__.py"
    }


@pytest.mark.parametrize("entry", named(), ids=lambda x: f"{x.rule} {x.name}")
def test_what_a_rule_names_is_there_and_names_the_rule(entry: Named) -> None:
    definitions = documented(ROOT / entry.path)
    assert entry.name in definitions
    assert entry.rule in rules_in(definitions[entry.name])


def test_the_laws_are_those_of_section_9() -> None:
    text = TEXT.partition("## 9. Laws")[2].partition("*In code*")[0]
    entries = named("merge/conformance/laws.py")
    assert [entry.rule for entry in entries] == re.findall(r"^(\d+)\. \*\*", text, re.MULTILINE)
    for entry in entries:
        docstring = documented(ROOT / entry.path)[entry.name]
        assert docstring.startswith(f"Law {entry.rule}: ")
        assert LAWS[entry.name].__doc__ == docstring


def test_every_rule_has_a_function_or_needs_none() -> None:
    with_code = {entry.rule for entry in named()}
    assert with_code <= set(RULES)
    assert [rule for rule in RULES if rule not in with_code] == list(WITHOUT_CODE)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_every_rule_in_a_docstring_exists(path: Path) -> None:
    sections = {rule.partition(".")[0] for rule in RULES}
    for name, docstring in documented(path).items():
        assert rules_in(docstring) <= {*RULES, *sections}, name
        for reason in re.findall(r"5\.1 (\w+_\w+)", docstring):
            assert reason in reasons_of_table(), name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_every_refusal_names_its_rule(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise):
            assert isinstance(node.exc, ast.Call)
            text = ast.unparse(node.exc.args[0]).lstrip("f'\"")
            assert text.partition(":")[0] in RULES


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_what_is_a_rule_is_named_in_the_text(path: Path) -> None:
    names = {entry.name for entry in named() if entry.path == f"merge/spec/{path.name}"}
    names |= set(validity.REASONS)
    tree = ast.parse(path.read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and (ast.get_docstring(node) or "").startswith("SPEC"):
            assert node.name in names


def test_the_rows_are_those_of_the_table_in_its_order() -> None:
    assert reasons_of_table() == validity.REASONS
    for reason in validity.REASONS:
        row = getattr(validity, reason)
        assert (row.__doc__ or "").startswith(f"SPEC 5.1 {reason}")


def test_the_reasons_against_evidence_are_those_of_the_table_in_its_order() -> None:
    table = TEXT.partition("**11.7 [D]**")[2].partition("**11.8")[0]
    reasons = [row.__name__ for row in evidence.ROWS]
    assert [reason for reason, _ in _REASON_ROW.findall(table)] == reasons != []
    names = list(documented(ROOT / "merge" / "spec" / "evidence.py"))
    assert [name for name in names if name in reasons] == reasons
    for row in evidence.ROWS:
        assert (row.__doc__ or "").startswith(f"SPEC 11.7 {row.__name__}")


def test_the_rows_that_may_be_skipped_are_marked_in_the_table() -> None:
    skipped = tuple(row.__name__ for row in validity.ROWS_OF_SIGNATURES)
    assert skipped == reasons_with_a_dagger() != ()


def test_the_rows_stand_in_the_file_as_in_the_table() -> None:
    names = list(documented(ROOT / "merge" / "spec" / "validity.py"))
    rows = [name for name in names if name in validity.REASONS]
    assert tuple(rows) == validity.REASONS


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_it_imports_the_standard_library_and_itself_alone(path: Path) -> None:
    imported: dict[str, set[str]] = defaultdict(set)
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported["names"] |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported["names"].add(node.module or "")
    for name in imported["names"]:
        root = name.partition(".")[0]
        assert root in sys.stdlib_module_names or name.startswith("pithmerge.spec"), name


def uses_of(module: ast.Module) -> dict[str, set[str]]:
    """What each function, class and constant of a module names: its own, and what is imported.

    A name that is a parameter or is given a value is none of the module's. What is imported is
    named by its module: ``digests.digest``.
    """
    names: dict[str, str] = {}
    for node in module.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pithmerge.spec"):
            room = (node.module or "").removeprefix("pithmerge.spec").lstrip(".")
            for alias in node.names:
                names[alias.name] = f"{room}.{alias.name}".lstrip(".")
    uses: dict[str, set[str]] = {}
    for node in module.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            defined = ast.unparse(target)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined = node.name
        else:
            continue
        names.setdefault(defined, defined)
        inner = list(ast.walk(node))
        own = {x.arg for x in inner if isinstance(x, ast.arg)}
        own |= {x.id for x in inner if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)}
        own -= {defined} if not isinstance(node, ast.FunctionDef) else set()
        used = {
            x.id for x in inner if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Load)
        } - own
        of_rooms = {
            f"{x.value.id}.{x.attr}"
            for x in inner
            if isinstance(x, ast.Attribute) and isinstance(x.value, ast.Name)
        }
        uses[defined] = {names.get(name, name) for name in used} | of_rooms
    return uses


def test_nothing_recurses() -> None:
    """So that no input can exhaust the stack: nothing names what leads back to it."""
    uses: dict[str, set[str]] = {}
    for path in MODULES:
        for name, used in uses_of(ast.parse(path.read_text("utf-8"))).items():
            uses[f"{path.stem}.{name}"] = {x if "." in x else f"{path.stem}.{x}" for x in used}
    assert "digests.digest" in uses["digests.pith_number"]
    assert "bundles.event_is_valid" in uses["tables_within.EVENT"]
    for name in uses:
        seen, waiting = set[str](), list(uses[name])
        while waiting:
            used_here = waiting.pop()
            if used_here in uses and used_here not in seen:
                seen.add(used_here)
                waiting += uses[used_here]
        assert name not in seen


CITES_BY_REASON = (
    "fixtures",
    "merge/conformance",
    "merge/spec",
    "merge/strategies",
    "tests/conformance",
    "merge/web",
    "tests/spec",
    "tests/support",
    "tests/zoo",
)


@pytest.mark.parametrize("folder", CITES_BY_REASON)
def test_rows_are_cited_by_reason_and_never_by_position(folder: str) -> None:
    """So that a row between two others moves nothing but itself."""
    suffixes = (".py", ".md", ".mjs", ".json", ".jsonl")
    paths = [path for path in (ROOT / folder).rglob("*") if path.suffix in suffixes]
    assert paths
    for path in paths:
        assert not re.search(r"reason-\d", path.name)
        found = re.search(r"\brows? \d+.{,20}|\breason-\d+", path.read_text("utf-8"), re.IGNORECASE)
        assert found is None, (path, found)
