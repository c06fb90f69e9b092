"""The conformance kit: run anyone's implementation against merge v1 (CONFORMANCE.md)."""
