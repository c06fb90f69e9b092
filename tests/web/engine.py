"""The JavaScript implementation in a browser's own engine, behind the pipe of the conformance kit.

    pithmerge conform run --impl "python -m tests.web.engine"

Each line goes to the worker of the page, and back; so what a user's browser would say is judged
like any other implementation. Needs Chromium and playwright (``make setup-browser``).
"""

import json
import sys
from typing import Any

from playwright.sync_api import sync_playwright

from pithmerge.web.bundling import bundle
from tests.support.browser import CHROMIUM

START = """
source => {
    const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
    const worker = new Worker(url);
    window.ask = text => new Promise((resolve, reject) => {
        worker.onmessage = ({data}) => {
            if ("failed" in data) reject(data.failed);
            else resolve(data.result);
        };
        worker.onerror = event => reject(event.message);
        worker.postMessage({task: "line", text});
    });
}
"""


def answer(page: Any, line: str) -> str | None:
    """What the worker says to a line; None for the end."""
    said: str | None = page.evaluate("text => window.ask(text)", line)
    return said


def main() -> None:
    """Answer each line of stdin."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_context(offline=True).new_page()
        page.goto("file:///dev/null")
        page.evaluate(START, bundle("page/worker.mjs"))
        for line in sys.stdin:
            said = answer(page, line.rstrip("\n"))
            if said is None:
                break
            if json.loads(line)["cmd"] == "hello":
                said = said.replace(
                    '"language":"JavaScript"', f'"language":"Chromium {browser.version}"'
                )
            print(said, flush=True)
        browser.close()


if __name__ == "__main__":
    main()
