"""The second implementation, in JavaScript, written from SPEC.md alone; Python only carries it."""
