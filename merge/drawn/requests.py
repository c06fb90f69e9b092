"""What is given beside the events and must be refused: keys, aliases, a number (SPEC 3, 8)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pithmerge.crypto import encode_base64
from pithmerge.drawn.choices import Choices

_FIELD: Final = 2**255 - 19
_UNSOUND: Final = tuple(
    encode_base64(number.to_bytes(32, "little"))
    for number in (
        *(0, 1, _FIELD - 1, _FIELD, _FIELD + 1, 2**255, 2**255 + 1, 2**255 - 1, 2**256 - 1),
        # Of order 8, and no point at all.
        *(0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7, 2, 7, 2**255 + 2),
    )
)
"""Public keys of small order, in non-canonical form, or no points of the curve."""
_NO_ALIASES: Final[tuple[Any, ...]] = (
    *(None, "arxiv", [], {}, {"alias_kind": "arxiv", "alias_value": "1"}),
    *({"alias_kind": "a", "alias_value": 1, "created_at": ""}, {"alias_kind": "a"}),
    *({"alias_kind": None, "alias_value": "1", "created_at": ""},),
    *({"alias_kind": "a", "alias_value": "1", "created_at": None},),
)
_NO_NUMBERS: Final[tuple[Callable[[str], str], ...]] = (
    *(str.lower, str.upper, lambda text: f"{text}\n", lambda text: text[:-1], lambda _: ""),
    *(lambda text: f"{text}A", lambda text: f" {text}", lambda text: f"{text[:-1]}1"),
    *(lambda text: text.replace("2", "\uff12"), lambda text: text.replace("pith:", "pith:0")),
)


def refusable(inputs: Mapping[str, Any], choices: Choices) -> dict[str, Any]:
    """The inputs of a merge, in which one thing beside the events is wrong.

    Args:
        inputs: those of a ``run`` request.
        choices: two bytes of them.
    """
    what, which = choices.below(3), choices.below(256)
    keys = inputs["keys"]
    if what == 0 and keys:
        place = which % len(keys)
        unsound = {**keys[place], "public_key_b64": _UNSOUND[which // 4 % len(_UNSOUND)]}
        return {**inputs, "keys": [*keys[:place], unsound, *keys[place + 1 :]]}
    if what == 1 or inputs["pith_number"] is None:
        alias = _NO_ALIASES[which % len(_NO_ALIASES)]
        return {**inputs, "source_aliases": [*(inputs["source_aliases"] or ()), alias]}
    number = _NO_NUMBERS[which % len(_NO_NUMBERS)](inputs["pith_number"])
    return {**inputs, "pith_number": number}
