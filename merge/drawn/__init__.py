"""What the hunt and `pithmerge.strategies` try programs on: event sets made of bytes."""
