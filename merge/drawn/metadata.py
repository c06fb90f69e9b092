"""arXiv's metadata made of bytes: of every form that SPEC 2.9a and 2.9b know, and nearly of one."""

import json
from collections.abc import Sequence
from typing import Any, Final, TypeVar

from pithmerge.drawn.choices import Choices

_T = TypeVar("_T")

BYTES_OF_METADATA: Final = 112
"""What is drawn is made of so many bytes."""

_IDS: Final = (
    "0704.0001", "1412.9999", "1501.00001", "2612.99999", "hep-th/9101001", "math/0712999",
    "math.GT/0309136", "cond-mat/0001001",
)  # fmt: skip
_NO_IDS: Final = (
    "0703.0001", "0704.00001", "1412.00001", "1501.0001", "1500.00001", "0713.0001", "9912.0001",
    "704.0001", "0704.0001v1", "arXiv:0704.0001", " 0704.0001", "0704.0001\n", "0704\u06600001",
    "cs/0801001", "cs/9012001", "cs/0400030", "cs/0413030", "cs/040603", "Cs/0406030",
    "math.gt/0309136", "math.GTX/0309136", "cs-/0406030", "",
)  # fmt: skip
_WHITE: Final = (
    " ", "  ", "\n  ", "\t", "\r\n", "\x0b", "\x1c", "\x1f", "\x85", "\u00a0", "\u2003", "\u2028",
    "\u202f", "\u3000",
)  # fmt: skip
_WORDS: Final = (
    "T", "", "a", "\u00c9", "\u0130", "\u1e9e", "\u03a3", "\u0391\u03a3", "\u03a3.", "\u2019",
    "\u00ad", "\u200b", "\ufeff", "\u180e", "\0", "E\u0301", "\U00010400", "\u212a",
    "$\\mathbb{R}$",
    "1", "\u01c5",
)  # fmt: skip
_CATEGORIES: Final = ("math.CO", "cs.LG", "hep-th", "cond-mat.mes-hall", "q-bio.QM", "cs.Lg", "cs")
_NO_CATEGORIES: Final = ("CS.LG", "cs.", "cs..LG", "cs.L1", "-cs", "cs.LG-", "cs,LG", "c\u017f.LG")
_LICENSES: Final = (None, "", "http://l.example/", " http://l.example/\n", "\x1cl\u2003", "\ufeffl")
_NUMBERS: Final = ("v1", 1, "1", "v2", 2, "v10", "v9", 99999)
_NO_NUMBERS: Final = (
    "v01",
    "V1",
    "v0",
    0,
    -1,
    True,
    None,
    1.0,
    "v100000",
    100000,
    "v1 ",
    "v\u0661",
)
_DAYS: Final = ("", "Mon, ", "tue,", "SUN, ")
_NO_DAYS: Final = ("Monday, ", "Mon ", "Mon , ", "Foo, ")
_MONTHS: Final = ("Apr", "Jan", "Feb", "feb", "DEC", "Jun", "Sep")
_NO_MONTHS: Final = ("Sept", "April", "04", "Foo", "\u017fep")
_YEARS: Final = (
    "2007", "2024", "1900", "2000", "0001", "9999", "49", "50", "00", "99", "107", "0050",
)  # fmt: skip
_NO_YEARS: Final = ("7", "0000", "12007", "+2007")
_TIMES: Final = ("19:18:42", "0:00", "23:59:59", "00:00:00", "9:08")
_NO_TIMES: Final = ("24:00:00", "23:59:60", "19:60:00", "19", "19:8:00", "19:18:42.5", "19:18:4")
_ZONES: Final = (
    "GMT", "UT", "utc", "Z", "EST", "edt", "CST", "CDT", "MST", "MDT", "PST", "PDT", "+0000",
    "-0000", "+0130", "-0330", "+2359", "-2359",
)  # fmt: skip
_NO_ZONES: Final = ("", "A", "CET", "+2400", "+0060", "+01:00", "0000", "GMT (x)", "GMT+1")
_OTHER_DAYS: Final = (
    "2007-04-02", "2024-02-29", "0001-01-01", "9999-12-31", "2016-12-31", "2000-03-01",
)  # fmt: skip
_NO_OTHER_DAYS: Final = ("2023-02-29", "2007-13-02", "0000-12-31", "2007-4-2", "20070402")
_OTHER_TIMES: Final = ("19:18:42", "00:00:00", "23:59:59", "23:59:59.999", "00:00:00.0")
_NO_OTHER_TIMES: Final = ("24:00:00", "23:59:60", "19:18", "19:18:42.", "19:18:42,5")
_OTHER_ZONES: Final = ("Z", "+00:00", "-00:00", "+01:30", "-03:30", "+23:59", "-23:59")
_NO_OTHER_ZONES: Final = ("z", "", "+0130", "+24:00", "+00:60", " Z", " +01:30", "+1:30")
_VALUES: Final[tuple[Any, ...]] = (None, "", 0, False, [], {}, 1.5, ["math.CO"])


def metadata_of(choices: Choices) -> bytes:
    """Metadata in bytes. Of zeros they are those of a plain paper."""
    members: dict[str, Any] = {
        "id": _mostly(choices, _IDS, _NO_IDS),
        "title": _text(choices, "T"),
        "abstract": _text(choices, "A"),
        "categories": _categories(choices),
        "license": choices.pick(_LICENSES),
        "versions": _versions(choices),
    }
    change, which, value = choices.below(64), choices.below(len(members)), choices.pick(_VALUES)
    name = [*members][which]
    if change == 61:
        del members[name]
    elif change == 62:
        members[name.capitalize()] = members.pop(name)
    elif change == 63:
        members[name] = value
    data = json.dumps(members, ensure_ascii=choices.below(2) == 0).encode()
    cut, place = choices.below(64), choices.number(2)
    return data[: place % len(data)] + data[place % len(data) + 1 :] if cut == 63 else data


def _mostly(choices: Choices, right: Sequence[_T], wrong: Sequence[_T]) -> _T:
    """One that is right, or about once in 32 times one that is not."""
    kind, which = choices.below(32), choices.number(1)
    options = wrong if kind == 31 else right
    return options[which % len(options)]


def _text(choices: Choices, plain: str) -> str:
    """Words with white space between them, or without; or a plain one."""
    count = choices.below(5)
    parts = [(choices.pick(_WORDS), choices.pick(("", "", *_WHITE))) for _ in range(4)]
    return "".join(word + white for word, white in parts[:count]) if count else plain


def _categories(choices: Choices) -> str:
    count, white = 1 + choices.below(3), choices.pick(_WHITE)
    return white.join([_mostly(choices, _CATEGORIES, _NO_CATEGORIES) for _ in range(3)][:count])


def _versions(choices: Choices) -> list[Any]:
    """Up to three versions, of which mostly the first is the first."""
    count, turned = choices.pick((1, 1, 2, 3)), choices.below(2)
    first = choices.pick(("v1", "v1", "v1", 1, "1"))
    versions: list[Any] = [{"version": first, "created": _date(choices)}]
    for _ in range(2):
        number = _mostly(choices, _NUMBERS, _NO_NUMBERS)
        date = _date(choices)
        versions.append({"version": number, "created": date if choices.below(4) else "soon"})
    same = choices.below(3)
    if same == 2:
        versions[1]["created"] = versions[0]["created"]
    return versions[:count][::-1] if turned else versions[:count]


def _date(choices: Choices) -> str:
    """A date of RFC 2822, or now and then of RFC 3339; each part of it is mostly right."""
    other = choices.below(4) == 3
    day = 2 if choices.below(4) else 1 + choices.below(31)
    white = " " if choices.below(8) else choices.pick(_WHITE)
    names = (_DAYS, _NO_DAYS), (_MONTHS, _NO_MONTHS), (_YEARS, _NO_YEARS)
    parts = [_mostly(choices, *each) for each in (*names, (_TIMES, _NO_TIMES), (_ZONES, _NO_ZONES))]
    others = (_OTHER_DAYS, _NO_OTHER_DAYS), (_OTHER_TIMES, _NO_OTHER_TIMES)
    on, at, zone = (_mostly(choices, *each) for each in (*others, (_OTHER_ZONES, _NO_OTHER_ZONES)))
    if other:
        return f"{on}{'T' if choices.below(4) else white}{at}{zone}"
    name, *rest = parts
    return f"{name}{day}{white}{white.join(rest)}"
