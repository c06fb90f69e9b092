"""Whole mirrors: millions of documents, verified and merged in bounded memory."""
