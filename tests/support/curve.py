"""Edwards25519 in plain Python, for the tests alone: slow, not constant-time, easy to check.

The points are those of RFC 8032 section 5.1. From them the tests make every encoding and signature
that verifiers disagree about, and judge it by SPEC 3.2 without asking the library under test.
"""

import hashlib
from dataclasses import dataclass
from itertools import count

P = 2**255 - 19
"""The prime of the field."""

L = 2**252 + 27742317777372353535851937790883648493
"""The order of the group that the base point generates; the whole curve has 8 L points."""

_D = -121665 * pow(121666, -1, P) % P
_SQRT_MINUS_ONE = pow(2, (P - 1) // 4, P)
_SIGN_BIT = 1 << 255


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """A point (X/Z, Y/Z) with T = XY/Z. Adding is complete: no pair of points is a special case."""

    x: int
    y: int
    z: int
    t: int

    def __add__(self, other: "Point") -> "Point":
        a = (self.y - self.x) * (other.y - other.x) % P
        b = (self.y + self.x) * (other.y + other.x) % P
        c = 2 * _D * self.t * other.t % P
        d = 2 * self.z * other.z % P
        e, f, g, h = b - a, d - c, d + c, b + a
        return Point(e * f % P, g * h % P, f * g % P, e * h % P)

    def __neg__(self) -> "Point":
        return Point(-self.x % P, self.y, self.z, -self.t % P)

    def __rmul__(self, scalar: int) -> "Point":
        product = IDENTITY
        for bit in f"{scalar:b}":
            product += product
            if bit == "1":
                product += self
        return product

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Point):
            return NotImplemented
        return (self.x * other.z - other.x * self.z) % P == 0 and (
            self.y * other.z - other.y * self.z
        ) % P == 0

    __hash__ = None  # type: ignore[assignment]  # equal points have many coordinates

    @property
    def is_of_small_order(self) -> bool:
        """Whether the point is one of the eight whose order divides 8."""
        return 8 * self == IDENTITY

    def encode(self) -> bytes:
        """The canonical 32 bytes: y below P, and the sign of x in the top bit (0 for x = 0)."""
        inverse = pow(self.z, -1, P)
        x, y = self.x * inverse % P, self.y * inverse % P
        return (y | (x & 1) * _SIGN_BIT).to_bytes(32, "little")


IDENTITY = Point(0, 1, 1, 0)


def decode(encoding: bytes) -> Point | None:
    """The point that a lenient verifier reads (y >= P and a sign on x = 0 allowed), or None."""
    number = int.from_bytes(encoding, "little")
    y = number % _SIGN_BIT % P
    square = (y * y - 1) * pow(_D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * _SQRT_MINUS_ONE % P
    if x * x % P != square:
        return None
    if x & 1 != number >> 255:
        x = -x % P
    return Point(x, y, 1, x * y % P)


def encode_y(y: int, sign: int) -> bytes:
    """The 32 bytes with that y, which may be anything below 2**255, and that sign bit."""
    return (y | sign * _SIGN_BIT).to_bytes(32, "little")


def _decoded(encoding: bytes) -> Point:
    point = decode(encoding)
    assert point is not None
    return point


BASE = _decoded(encode_y(4 * pow(5, -1, P) % P, 0))


def torsion_points() -> list[Point]:
    """The eight points of small order: the multiples of a point of order 8, the identity first."""
    for y in count(2):
        point = decode(encode_y(y, 0))
        # L times a point loses its part in the group of the base point.
        if point is not None and 4 * (generator := L * point) != IDENTITY:
            return [factor * generator for factor in range(8)]
    raise AssertionError


def encodings_of(point: Point) -> list[bytes]:
    """Every 32 bytes that `decode` reads as ``point``: the canonical ones and all others."""
    y = int.from_bytes(point.encode(), "little") % _SIGN_BIT
    candidates = [encode_y(form, sign) for form in (y, y + P) if form < 2**255 for sign in (0, 1)]
    return [encoding for encoding in candidates if decode(encoding) == point]


def low_order_encodings() -> list[bytes]:
    """Every encoding, canonical or not, of every point of small order."""
    return [encoding for point in torsion_points() for encoding in encodings_of(point)]


def non_canonical_encodings() -> list[bytes]:
    """Every encoding with y >= P of a point that is not of small order."""
    encodings = [encode_y(y, sign) for y in range(P, 2**255) for sign in (0, 1)]
    points = [(encoding, decode(encoding)) for encoding in encodings]
    return [encoding for encoding, point in points if point and not point.is_of_small_order]


def encodings_of_no_point() -> list[bytes]:
    """The first few y, with both signs, that no point of the curve has."""
    encodings = [encode_y(y, sign) for y in range(30) for sign in (0, 1)]
    return [encoding for encoding in encodings if decode(encoding) is None]


def secret_scalar(seed: bytes) -> int:
    """The scalar that belongs to a private key (RFC 8032 section 5.1.5)."""
    number = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    return number % 2**254 & ~7 | 2**254


def challenge(commitment: bytes, public_key: bytes, message: bytes) -> int:
    """The hash over R, A and the message, reduced modulo L."""
    digest = hashlib.sha512(commitment + public_key + message).digest()
    return int.from_bytes(digest, "little") % L


def crafted_signature(
    message: bytes, *, public_key: bytes, scalar: int, commitment: bytes, nonce: int
) -> bytes:
    """R as given and S = nonce + challenge * scalar, whatever R and the key really encode."""
    response = (nonce + challenge(commitment, public_key, message) * scalar) % L
    return commitment + response.to_bytes(32, "little")


def residue(public_key: bytes, message: bytes, signature: bytes) -> Point | None:
    """S B - R - h A by lenient decoding, S not reduced; None where A or R is no point.

    The identity satisfies the cofactorless equation, any point of small order the cofactored one.
    """
    a, r = decode(public_key), decode(signature[:32])
    if a is None or r is None:
        return None
    s = int.from_bytes(signature[32:], "little")
    return s * BASE + -r + -(challenge(signature[:32], public_key, message) * a)


def accepted_by_rule(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """The verdict of SPEC 3.2, clause by clause."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    if int.from_bytes(signature[32:], "little") >= L:
        return False
    for encoding in (public_key, signature[:32]):
        point = decode(encoding)
        if point is None or point.is_of_small_order or point.encode() != encoding:
            return False
    return residue(public_key, message, signature) == IDENTITY
