"""Texts, pages and e-mails as text that can be searched, however they are encoded."""

import email
import email.policy
import html
import re
from collections.abc import Iterator
from email.message import EmailMessage, Message
from typing import Final
from urllib.parse import unquote

_HEADER: Final = re.compile(
    rb"(?:From |[A-Za-z][A-Za-z0-9-]*:[ \t])[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n"
)
_OF_EMAILS: Final = re.compile(
    rb"^(?:From|To|Subject|Date|MIME-Version|Message-ID|Received|Content-Type|Return-Path)[ :]",
    re.IGNORECASE | re.MULTILINE,
)
_IN_LINE: Final = re.compile(
    r"</?(?:a|abbr|b|bdi|big|code|em|font|i|kbd|mark|s|samp|small|span|strong|tt|u|wbr)\b[^<>]*>",
    re.IGNORECASE,
)
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_SPACES: Final = re.compile("[\u00a0\u2000-\u200a\u202f]")
_BOMS: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
_LONGEST_HEAD: Final = 2**16


def readings_of(data: bytes) -> Iterator[str]:
    """A text as it may be read: as it is; without tags and escapes if it has any.

    An e-mail is read part by part, each as its encoding says.
    """
    for text in _texts_of(data):
        plain = _SPACES.sub(" ", _UNSEEN.sub("", text))
        if "&" in plain or "<" in plain:
            yield html.unescape(_IN_LINE.sub("", plain))
        # In what tags say are addresses, too.
        yield plain
        if "%" in plain:
            yield unquote(html.unescape(plain), errors="replace")


def _texts_of(data: bytes) -> Iterator[str]:
    head = _HEADER.match(data, 0, _LONGEST_HEAD)
    if head is None or not _OF_EMAILS.search(head[0]):
        yield _decoded(data)
        return
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
        # Parts in parts may go deeper than the library does.
        parts = list(message.walk())
    except Exception:  # whatever the library raises of a message that is not what it says
        yield _decoded(data)
        return
    unread = False
    for part in parts:
        yield "\n".join(_header(part, name) for name in ("Subject", "Comments", "Keywords"))
        text = _text_of_part(part)
        unread = unread or text is None
        yield text or ""
    if unread:
        yield _decoded(data)


def _text_of_part(part: Message) -> str | None:
    """The text of a part, empty if it is something else; None if it cannot be read."""
    try:
        if part.get_content_maintype() != "text":
            return ""
        assert isinstance(part, EmailMessage)
        return str(part.get_content())
    except Exception:  # as above
        pass
    try:
        payload = part.get_payload(decode=True)
    except Exception:  # as above
        return None
    return _decoded(payload) if isinstance(payload, bytes) else None


def _header(part: Message, name: str) -> str:
    try:
        return str(part.get(name, ""))
    except Exception:  # as above
        return ""


def _decoded(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    return data.decode("utf-8", "replace")
