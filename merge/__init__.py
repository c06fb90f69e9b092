"""pithmerge: pith-open-graph-merge-v1, the deterministic merge of the Pith registry.

    from pithmerge import load_document, merge

    document = load_document("bundle.json")
    state = merge(document.events, source_aliases=document.source_aliases)
    state.to_json()     # the bytes that the registry publishes

The rules are in SPEC.md; docstrings name the rule that they implement.
"""

from pithmerge._version import __version__
from pithmerge.core.equivocation import Equivocation, EquivocationKind
from pithmerge.core.event import Event
from pithmerge.core.merger import Merger, merge
from pithmerge.core.reasons import Reason
from pithmerge.core.state import InvalidEvent, State
from pithmerge.core.vocabulary import MERGE_VERSION, EventType
from pithmerge.crypto import Key, Keyring
from pithmerge.documents import Document, DocumentKind, load_document
from pithmerge.errors import (
    CanonicalFormError,
    DocumentError,
    KeyringError,
    MergeError,
    PithmergeError,
)
from pithmerge.saving import load_merger, save_merger
from pithmerge.verification import Check, DocumentVerdict, Outcome, Report, verify_document

__all__ = [
    "MERGE_VERSION",
    "CanonicalFormError",
    "Check",
    "Document",
    "DocumentError",
    "DocumentKind",
    "DocumentVerdict",
    "Equivocation",
    "EquivocationKind",
    "Event",
    "EventType",
    "InvalidEvent",
    "Key",
    "Keyring",
    "KeyringError",
    "MergeError",
    "Merger",
    "Outcome",
    "PithmergeError",
    "Reason",
    "Report",
    "State",
    "__version__",
    "load_document",
    "load_merger",
    "merge",
    "save_merger",
    "verify_document",
]
