"""What an auditor asks of documents: why, what changed, prove it, show it."""
