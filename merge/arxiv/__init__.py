"""From arXiv's own metadata to the Pith Number (SPEC 2.9): anybody may compute it."""

from pithmerge.arxiv.metadata import Metadata, Version
from pithmerge.arxiv.records import canonical_record_of, pith_number

__all__ = ["Metadata", "Version", "canonical_record_of", "pith_number"]
