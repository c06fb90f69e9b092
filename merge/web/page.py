"""The page that checks documents in a browser: one file, without a server and a network."""

import base64
import hashlib
from typing import Final

from markupsafe import Markup

from pithmerge.answers.drawing.rendering import page, rendered
from pithmerge.web.bundling import bundle

_LONGEST_NAME: Final = 200


def check_page(document: bytes | None = None, name: str = "") -> bytes:
    """The page, whole. Its style, its script and its worker stand in it; its policy lets nothing
    else run, and nothing be loaded or sent.

    Args:
        document: what the page checks when it is opened; None waits for what is dropped on it.
        name: what the document is called.
    """
    style, script = rendered("check.css"), bundle("page/page.mjs")
    return page(
        "check.html",
        style=inside("style", style),
        style_hash=script_hash(style),
        script=inside("script", script),
        script_hash=script_hash(script),
        worker=inside("script", bundle("page/worker.mjs")),
        document="" if document is None else base64.b64encode(document).decode(),
        name=name[:_LONGEST_NAME],
    ).encode()


def inside(element: str, text: str) -> Markup:
    """A text of our own as what stands in an element whose text is no markup.

    Raises:
        ValueError: it would not stay in there.
    """
    if f"</{element}" in text.lower() or "<!--" in text:
        raise ValueError(f"this would end the element {element}, or hide what follows")
    return Markup(text)


def script_hash(text: str) -> str:
    """By what a content security policy knows a script, or a style, that stands in its page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
