"""Nothing that installs may resolve: what goes in is named by a lock, whole, by hash, as wheels."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NPM_LOCKS = sorted((ROOT / "tests").rglob("package-lock.json"))
SCRIPTS = [ROOT / "Makefile", *sorted(path for path in (ROOT / ".ci").rglob("*") if path.is_file())]

PIP = re.compile(r"(.*/)?pip[0-9.]*|\$[({]?\w*pip\w*[)}]?", re.IGNORECASE)
"""A word that starts pip; also one behind a variable, as ``$(PIP)``."""

PUTS_IN = {"install", "download", "wheel", "lock"}

RESOLVES = re.compile(
    r"\buv\s+(sync|run|add|tool|lock|pip\s+(install|sync))\b"
    r"|\buvx\b|\bpipx\b|\beasy_install\b|\bsetup\.py\b|-m\s+build\b|--upgrade-deps\b"
    r"|\b(npm|npx|yarn|pnpm|gem|cargo|go)\s+(i|ci|install|add|get|exec)\b"
)
"""What installs by other means, and resolves."""

NPM = {"--ignore-scripts", "--no-audit", "--no-fund", "--silent"}
QUIET = {"--quiet", "--disable-pip-version-check"}
FROM_A_LOCK = {"--no-deps", "--require-hashes", "--only-binary=:all:"}
THE_PACKAGE = {"--no-deps", "--no-build-isolation"}
AS_LINKS = {"--config-settings=editable_mode=strict", "--editable"}
WITH_A_VALUE = {"--only-binary", "--config-settings", "-r", "--requirement"}


def commands(text: str) -> list[list[str]]:
    """The words of each simple command of a script, without comments and redirections."""
    found = []
    for line in re.sub(r"\\\n", " ", text).splitlines():
        bare = re.sub(r"(^|\s)#.*|[\"']|\d?>+\s*\S+", "", line).strip().lstrip("@-")
        found += [command.split() for command in re.split(r"&&|\|\|?|;|\{|\}(?= |$)", bare)]
    return [words for words in found if words]


def installs(words: list[str]) -> list[str] | None:
    """What pip is told to put in, with the options that it is told; None if it is told nothing."""
    for place, word in enumerate(words):
        if PIP.fullmatch(word):
            for verb in range(place + 1, len(words)):
                if words[verb] in PUTS_IN:
                    return words[place + 1 : verb] + words[verb + 1 :]
    return None


def complaint(words: list[str]) -> str | None:
    """Why a command may resolve; None if it cannot."""
    if words[:2] == ["npm", "ci"]:
        # It takes what package-lock.json names and fails where package.json asks for anything else.
        return None if "--ignore-scripts" in words and set(words[2:]) <= NPM else "may resolve"
    if RESOLVES.search(" ".join(words)):
        return "installs by other means than pip"
    arguments = installs(words)
    if arguments is None:
        return None
    options, locks, named = set(), [], []
    rest = iter(arguments)
    for word in rest:
        option, _, value = word.partition("=")
        if option in WITH_A_VALUE:
            value = value or next(rest, "")
            if option in ("-r", "--requirement"):
                locks.append(value)
            else:
                options.add(f"{option}={value}")
        elif word.startswith("-"):
            options.add(word)
        else:
            named.append(word)
    if locks and not named and options - QUIET == FROM_A_LOCK:
        return None if all(map(is_lock, locks)) else "takes what is no lock"
    if named == ["."] and not locks and options - QUIET - AS_LINKS == THE_PACKAGE:
        return None
    return "may resolve"


def is_lock(name: str) -> bool:
    return name == "$(PIP_LOCK)" or (name.endswith(".lock") and (ROOT / name).is_file())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_line_that_installs_may_resolve(script: Path) -> None:
    found = [(words, complaint(words)) for words in commands(script.read_text(encoding="utf-8"))]
    assert [(" ".join(words), why) for words, why in found if why] == []


def test_the_lines_that_install_are_seen() -> None:
    found = map(installs, commands((ROOT / "Makefile").read_text(encoding="utf-8")))
    last_words = sorted(arguments[-1] for arguments in found if arguments)
    assert last_words == [
        "$(PIP_LOCK)",
        ".",
        "requirements/browser.lock",
        "requirements/check.lock",
        "requirements/mutation.lock",
        "requirements/release.lock",
        "requirements/run.lock",
        "requirements/site.lock",
    ]


def complaints(text: str) -> list[str]:
    return [why for why in map(complaint, commands(text)) if why]


GOOD = (
    "python -m pip install --quiet --no-deps --require-hashes --only-binary :all: "
    "-r requirements/run.lock"
)
LOCAL = "$(BIN)/python -m pip install --no-deps --no-build-isolation --editable . 2> log || exit 1"


@pytest.mark.parametrize(
    "command",
    [
        GOOD,
        LOCAL,
        f"{GOOD} && {LOCAL}",
        f"\t@{GOOD}".replace(" -r", " \\\n\t\t-r"),
        f"# {GOOD} wheel",
        "python -m pip check",
        "python -m venv .venv",
        "uv pip compile pyproject.toml -o requirements/run.lock",
        "npm ci --ignore-scripts --silent",
    ],
)
def test_what_cannot_resolve(command: str) -> None:
    assert complaints(command) == []


@pytest.mark.parametrize(
    "command",
    [
        GOOD.replace(" --no-deps", ""),
        GOOD.replace(" --require-hashes", ""),
        GOOD.replace(" --only-binary :all:", ""),
        GOOD.replace("run.lock", "mutation.in"),
        GOOD.replace("run.lock", "no-such.lock"),
        GOOD.replace("-r requirements/run.lock", "wheel"),
        f"{GOOD} wheel",
        f"{GOOD} && pip install wheel",
        f"{GOOD} || {GOOD.replace('--no-deps', '')}",
        GOOD.replace("-r ", "--index-url https://example.org -r "),
        GOOD.replace(" -r", " \\\n --upgrade -r"),
        f"{GOOD}; pip install --upgrade pip",
        LOCAL.replace(" --no-deps", ""),
        LOCAL.replace(" --no-build-isolation", ""),
        LOCAL.replace("--editable .", "--editable .[dev]"),
        LOCAL.replace("--editable .", "--editable . wheel"),
        "$(PIP) install wheel",
        "pip3 install wheel",
        "pip3.11 install wheel",
        "python -m pip --quiet install --upgrade pip",
        "python -m pip wheel .",
        "python -m venv --upgrade-deps .venv",
        "uv pip install wheel",
        "uv sync",
        "pipx run build",
        "python -m build",
        "npm install",
        "npm ci",
        "npm ci --ignore-scripts wheel",
        "npm ci --ignore-scripts --registry=https://example.org",
    ],
)
def test_what_may_resolve(command: str) -> None:
    assert len(complaints(command)) == 1


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=lambda path: path.parent.name)
def test_what_npm_puts_in_is_locked_by_hash_and_runs_nothing(lock: Path) -> None:
    asked_for, *packages = json.loads(lock.read_text(encoding="utf-8"))["packages"].values()
    assert packages
    assert all(package["integrity"].startswith("sha512-") for package in packages)
    assert not any(package.get("hasInstallScript") for package in packages)
    assert all(re.fullmatch(r"[0-9.]+", version) for version in asked_for["dependencies"].values())


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=lambda path: path.parent.name)
def test_what_npm_puts_in_is_from_no_place_of_its_own(lock: Path) -> None:
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
