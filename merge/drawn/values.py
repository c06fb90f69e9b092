"""JSON values that canonical JSON goes wrong on: texts, numbers, objects of them (SPEC 1)."""

from typing import Any, Final

from pithmerge.drawn.choices import Choices

Json = dict[str, Any]

BEYOND_SURROGATES: Final = "\uffee"
ASTRAL: Final = "\U00010400"
"""By code point after `BEYOND_SURROGATES`, by UTF-16 unit before it: sorting shows (SPEC 1.1)."""

TEXTS: Final = (
    *("", "a", "b", "aa", " ", "1", '"', "\\", "/", "\n", "\x00", "\x1f", "\x7f", "<&>"),
    *("é", "e\u0301", "\u2028", "\ue000", BEYOND_SURROGATES, ASTRAL, f"a{BEYOND_SURROGATES}"),
    *(f"a{ASTRAL}", "\uffff", "\U0010ffff", "İ", "ﬁ", "A", "10", "9", "a.", "\x80", "\u2029"),
    *("\b\t\f\r", "\x0b\x1b", "\\u0041", "\ufeff", "\u200d", "ß", "ǆ", "ς", "__proto__", "x" * 300),
)
_INTEGERS: Final = (
    *(0, 1, -1, 9, 10, 2**31, 2**53 - 1, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64),
    *(-(2**53) - 1, -(2**63), -(2**63) - 1, 10**15, 10**16, 10**20, 10**21, 10**22, 10**40),
    *(2**128 - 1, -(10**309), 10**400 + 1, 123456789012345678901234567890),
)
_FLOATS: Final = (
    *(
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.1,
        0.5,
        100.0,
        1e-4,
        1e-5,
        1.5e-7,
        1e-9,
        9.999e-5,
        0.00012345,
        5e-324,
    ),
    *(1e15, 1e16, 1e17, 1e21, 1e22, 1e23, 1e100, 1e300, 9999999999999998.0, 1234567890123456.7),
    *(123456789012345680.0, 9007199254740993.0, 9.5e15, 1.7976931348623157e308, 1e-10, 1e-6, 1e-7),
    *(2.2250738585072014e-308, 2.225073858507201e-308, 0.30000000000000004, 4.35, 1 / 3, -1e-5),
    *(-1.5e300, 2.0**53, 2.0**63, 2.0**64, 5e-323, 1e-100, 123e-7, 0.000001234, 1e20, -2.5e-9),
)
_SURROGATES: Final = range(0xD800, 0xE000)

# What a value is made of, and how often.
_KINDS: Final = "null", "text", "float", "integer", "text", "double", "decimal", "any text"


def text(choices: Choices) -> str:
    """A text of `TEXTS`, of one byte."""
    return choices.pick(TEXTS)


def scalar(choices: Choices) -> Any:
    """A JSON value without members: numbers as SPEC 1.3 fears them, too."""
    kind = choices.pick(_KINDS)
    if kind == "text":
        return text(choices)
    if kind == "float":
        return choices.pick(_FLOATS)
    if kind == "integer":
        return choices.pick(_INTEGERS)
    if kind == "double":
        return choices.double()
    if kind == "decimal":
        # Few digits, at every exponent where the notation changes.
        digits, exponent = choices.number(2), choices.below(64) - 36
        return float(f"{digits}e{exponent}")
    if kind == "any text":
        return "".join(_character(choices) for _ in range(1 + choices.below(3)))
    return choices.pick((None, False, True))


def _character(choices: Choices) -> str:
    code_point = choices.number(3) % 0x110000
    return chr(code_point if code_point not in _SURROGATES else code_point - 0xD800)


def json_object(choices: Choices, *, levels: int = 3) -> Json:
    """A JSON object of at most two members and so many levels."""
    return {text(choices): _value(choices, levels - 1) for _ in range(choices.below(3))}


def _value(choices: Choices, levels: int) -> Any:
    form = choices.below(6) if levels else 0
    if form == 4:
        return [_value(choices, levels - 1) for _ in range(choices.below(3))]
    if form == 5:
        return json_object(choices, levels=levels)
    return scalar(choices)


def nested(levels: int) -> list[Any]:
    """Arrays in arrays, so many deep."""
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    return value
