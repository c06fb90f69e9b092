"""Whole corpora: millions of documents, verified and merged in bounded memory."""
