"""Base64 in the one form that counts (SPEC 3.3)."""

import binascii


def decode_base64(text: str, length: int) -> bytes | None:
    """The ``length`` bytes that ``text`` encodes in canonical base64 (SPEC 3.3), or None.

    Canonical: standard alphabet, padded, and encoding the bytes again gives the same text.
    """
    # Of another length it would be refused in any case, and this is known without decoding.
    if len(text) != (length + 2) // 3 * 4:
        return None
    data = decode_canonical_base64(text)
    return None if data is None or len(data) != length else data


def decode_canonical_base64(text: str) -> bytes | None:
    """`decode_base64`, however many bytes they are."""
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # binascii.Error is one
        return None
    return data if binascii.b2a_base64(data, newline=False) == text.encode("ascii") else None


def encode_base64(data: bytes) -> str:
    """``data`` in base64: standard alphabet, padded."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")
