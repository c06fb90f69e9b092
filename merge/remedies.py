"""What to do where nothing was valid: most often it is one thing, such as a key not named."""

from collections.abc import Mapping
from typing import Any, Final

from pithmerge.core.reasons import Reason
from pithmerge.crypto import Keyring
from pithmerge.showing import clipped, printable

_ANEW: Final = "get the documents anew from where they come from"
_NEWER: Final = "is there a newer pithmerge?"
_REMEDIES: Final = {
    Reason.UNSUPPORTED_SCHEMA_VERSION: _NEWER,
    Reason.UNKNOWN_EVENT_TYPE: _NEWER,
    Reason.SUBJECT_MISMATCH: "did you mean another --pith-number?",
    Reason.SIGNATURE_MISSING: "did you mean the bundles that these events came from?",
    Reason.SIGNATURE_UNSUPPORTED: _NEWER,
    Reason.UNKNOWN_KEY: "did you mean --key?",
    Reason.SIGNER_NOT_RECOGNIZED: "does the file of --key name that key's signer?",
    Reason.KEY_NOT_VALID: "do valid_from and valid_until in the file of --key say what you mean?",
    Reason.NOT_AUTHORIZED: "does the file of --key say which signer is a pith_registry?",
    Reason.RECEIPT_INVALID: "did you mean --key, for the registry's key?",
    Reason.PREV_EVENT_MISSING: "did you mean also the documents with the events before these?",
}
_FINGERPRINTS: Final = 64
"""Different ones that are counted: documents may hold any number."""
_LONGEST: Final = 64


def nothing_valid(reasons: Mapping[str, int], fingerprints: Mapping[str, int]) -> str:
    """Why no event is valid, and what to do: for a person, one clause.

    Args:
        reasons: how many events were rejected for each reason code.
        fingerprints: how many events name each key that is not trusted (`UnknownKeys`).
    """
    if not reasons:
        return "there are no events"
    # The first of those that are most frequent, in the order of SPEC 5.1.
    reason = max(Reason, key=lambda reason: reasons.get(reason, 0))
    found = f"{reasons[reason]:,} {reason}"
    if reason is Reason.UNKNOWN_KEY and fingerprints:
        found += f", fingerprint {max(sorted(fingerprints), key=fingerprints.__getitem__)}"
    remedy = _REMEDIES.get(reason, f"{reason.explanation}, so {_ANEW}")
    return f"{found}: {remedy}"


class UnknownKeys:
    """Which keys events name that are not trusted, and how often.

    Attributes:
        counts: by fingerprint.
    """

    def __init__(self, keyring: Keyring) -> None:
        """Those that this keyring does not hold."""
        self._known = {key.fingerprint for key in keyring.keys}
        self.counts: dict[str, int] = {}

    def see(self, event: Any) -> None:
        """Count the key that an event names, whatever it is."""
        named = _fingerprint_in(event)
        if named is not None and named not in self._known:
            shown = printable(clipped(named, _LONGEST))
            if shown in self.counts or len(self.counts) < _FINGERPRINTS:
                self.counts[shown] = self.counts.get(shown, 0) + 1


def _fingerprint_in(event: Any) -> str | None:
    signer = event.get("signer") if isinstance(event, dict) else None
    named = signer.get("public_key_fingerprint") if isinstance(signer, dict) else None
    return named if isinstance(named, str) else None
