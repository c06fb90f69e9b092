"""Well-formed answers of an implementation."""

from typing import Any

NAME = {"name": "mine", "version": "1", "language": "C", "source": "here"}
WELCOME: dict[str, Any] = {
    "protocol": 1,
    "implementation": NAME,
    "ops": ["merge", "canonicalize"],
}
STATE = {"state_b64": "e30="}
CANONICAL = {"canonical_b64": "e30=", "sha256": "ab"}
