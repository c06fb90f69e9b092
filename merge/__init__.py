"""pithmerge: pith-open-graph-merge-v1, the deterministic merge of the Pith registry.

    from pithmerge import load_document, merge

    document = load_document("bundle.json")
    state = merge(document.events, source_aliases=document.source_aliases)
    state.to_json()     # the bytes that the registry publishes

The rules are in SPEC.md; docstrings name the rule that they implement. The names below are all that
is public of this module; each is loaded when it is first asked for, so that who needs canonical
JSON alone loads neither cryptography nor graphs.
"""

from pithmerge._lazy import lazily as _lazily
from pithmerge._version import __version__

# Not typing's, for the command is there sooner without.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from pithmerge.answers.comparing import Difference, diff
    from pithmerge.answers.drawing.event_graph import EventGraph, graph
    from pithmerge.answers.evidence import Evidence, evidence
    from pithmerge.answers.explaining import Explanation, explain
    from pithmerge.arxiv import Metadata, canonical_record_of, pith_number
    from pithmerge.core.equivocation import Equivocation, EquivocationKind
    from pithmerge.core.event import Event
    from pithmerge.core.merger import Merger, merge
    from pithmerge.core.moments import as_of
    from pithmerge.core.reasons import Reason
    from pithmerge.core.rules import V1, Rules
    from pithmerge.core.state import InvalidEvent, State
    from pithmerge.core.typed import EventDict, SignerDict
    from pithmerge.core.vocabulary import MERGE_VERSION, EventType
    from pithmerge.crypto import Key, Keyring
    from pithmerge.documents import Document, DocumentKind, load_document
    from pithmerge.errors import (
        CanonicalFormError,
        DocumentError,
        KeyringError,
        MergeError,
        MetadataError,
        PithmergeError,
        UnsupportedVersionError,
    )
    from pithmerge.saving import load_merger, save_merger
    from pithmerge.verification import (
        Cause,
        CauseCode,
        Check,
        DocumentVerdict,
        Outcome,
        Report,
        verify_document,
    )
    from pithmerge.verification.contract import comparable_report

_HOMES = {
    "answers.drawing.event_graph": ("EventGraph", "graph"),
    "answers.evidence": ("Evidence", "evidence"),
    "answers.explaining": ("Explanation", "explain"),
    "answers.comparing": ("Difference", "diff"),
    "arxiv": ("Metadata", "canonical_record_of", "pith_number"),
    "core.equivocation": ("Equivocation", "EquivocationKind"),
    "core.event": ("Event",),
    "core.merger": ("Merger", "merge"),
    "core.moments": ("as_of",),
    "core.reasons": ("Reason",),
    "core.rules": ("V1", "Rules"),
    "core.state": ("InvalidEvent", "State"),
    "core.typed": ("EventDict", "SignerDict"),
    "core.vocabulary": ("MERGE_VERSION", "EventType"),
    "crypto": ("Key", "Keyring"),
    "documents": ("Document", "DocumentKind", "load_document"),
    "errors": (
        "CanonicalFormError",
        "DocumentError",
        "KeyringError",
        "MergeError",
        "MetadataError",
        "PithmergeError",
        "UnsupportedVersionError",
    ),
    "saving": ("load_merger", "save_merger"),
    "verification": (
        "Cause",
        "CauseCode",
        "Check",
        "DocumentVerdict",
        "Outcome",
        "Report",
        "verify_document",
    ),
    "verification.contract": ("comparable_report",),
}
__all__ = [
    "MERGE_VERSION",
    "V1",
    "CanonicalFormError",
    "Cause",
    "CauseCode",
    "Check",
    "Difference",
    "Document",
    "DocumentError",
    "DocumentKind",
    "DocumentVerdict",
    "Equivocation",
    "EquivocationKind",
    "Event",
    "EventDict",
    "EventGraph",
    "EventType",
    "Evidence",
    "Explanation",
    "InvalidEvent",
    "Key",
    "Keyring",
    "KeyringError",
    "MergeError",
    "Merger",
    "Metadata",
    "MetadataError",
    "Outcome",
    "PithmergeError",
    "Reason",
    "Report",
    "Rules",
    "SignerDict",
    "State",
    "UnsupportedVersionError",
    "__version__",
    "as_of",
    "canonical_record_of",
    "comparable_report",
    "diff",
    "evidence",
    "explain",
    "graph",
    "load_document",
    "load_merger",
    "merge",
    "pith_number",
    "save_merger",
    "verify_document",
]

__getattr__, __dir__ = _lazily(__name__, globals(), _HOMES)

del TYPE_CHECKING
