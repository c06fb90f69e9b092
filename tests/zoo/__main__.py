"""``python -m tests.zoo NAME``: that animal as a command that speaks the protocol."""

import sys

from pithmerge.conformance.reference import serve
from tests.zoo import ANIMALS

if __name__ == "__main__":
    serve(ANIMALS[sys.argv[1]], sys.stdin.buffer, sys.stdout.buffer)
