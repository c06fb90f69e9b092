"""The pure reducer of pith-open-graph-merge-v1, and nothing else: no IO, clock, randomness.

It imports `pithmerge.canon`, `pithmerge.crypto` and `pithmerge.errors`, and nothing of the rooms
around it.
"""
