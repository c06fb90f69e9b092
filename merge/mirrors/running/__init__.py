"""Runs over a whole mirror: planned, shared out, interrupted and gone on with."""
