"""A real browser: the machine's Chromium, driven by playwright (``make setup-browser``)."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


# Not for the session: while it lives its loop runs, and asyncio takes no other in the process.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Headless, without the network."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium on this machine")
    driver = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: make setup-browser"
    )
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@dataclass
class Opened:
    """A page that was opened, and what it did."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)


def opened(chromium: Any, file: Path, *, width: int, scheme: str, before: str = "") -> Opened:
    """A file, opened as a person does it; ``before`` is a script that runs before its own."""
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True
    )
    if before:
        context.add_init_script(before)
    found = Opened(context.new_page())
    found.page.on("console", lambda message: found.complaints.append(message.text))
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    found.page.on("request", lambda request: found.asked_for.append(request.url))
    found.page.goto(file.as_uri())
    return found
