"""Benchmarks: speed as ratios, both sides measured in one run. ``make bench`` runs all of them."""
