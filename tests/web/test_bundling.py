"""The modules as one script."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pithmerge.web import bundling
from pithmerge.web.bundling import bundle

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here")


def modules(folder: Path, **sources: str) -> Path:
    for name, text in sources.items():
        (folder / f"{name}.mjs").write_text(text, "utf-8")
    return folder


@pytest.fixture
def of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bundling, "files", lambda _: tmp_path)
    return tmp_path


@needs_node
def test_it_does_what_the_modules_do(of: Path) -> None:
    modules(
        of,
        low='export const one = 1;\nexport class Kept {}\nconst name = "low";\n'
        "export function who() { return name; }\n",
        high='import { one } from "./low.mjs";\nconst name = "high";\n'
        "export const two = () => [one + 1, name];\n",
        entry='import {\n  who,\n  Kept,\n} from "./low.mjs";\nimport { two } from "./high.mjs";\n'
        "console.log(JSON.stringify([...two(), who(), typeof Kept]));\n",
    )
    done = subprocess.run(
        ["node", "-e", bundle("entry.mjs")], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [2, "high", "low", "function"]


@pytest.mark.parametrize(
    "line",
    [
        'import all from "./low.mjs";',
        'import * as all from "./low.mjs";',
        'import "./low.mjs";',
        "export default 1;",
        "export { one };",
        'const late = await import("./low.mjs");',
        'import { one } from "node:fs";',
    ],
)
def test_what_it_cannot_bundle_is_refused(of: Path, line: str) -> None:
    modules(of, low="export const one = 1;\n", entry=f"{line}\n")
    with pytest.raises(ValueError, match=r"entry\.mjs: this cannot be bundled"):
        bundle("entry.mjs")


def test_a_circle_is_refused(of: Path) -> None:
    modules(
        of,
        entry='import { two } from "./two.mjs";\nexport const one = 1;\n',
        two='import { one } from "./entry.mjs";\nexport const two = 2;\n',
    )
    with pytest.raises(ValueError, match="cycle"):
        bundle("entry.mjs")


@pytest.mark.parametrize("entry", ["page/again.mjs", "page/page.mjs", "page/worker.mjs"])
def test_nothing_of_node_is_in_what_a_browser_gets(entry: str) -> None:
    assert not re.search(r"\bnode:|\bBuffer\b|\bprocess\b|\brequire\b", bundle(entry))
