"""What is read, and that repeated members never are: SPEC 1.4 and 1.6."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pithmerge import DocumentError
from pithmerge.canon import canonical_json, read_json, reader
from pithmerge.canon.reader import read_surveyed
from pithmerge.canon.survey import is_plain
from tests.support.canon_helpers import document_refusal
from tests.support.json_strategies import json_documents, json_values, strings

drawn = settings(deadline=None, max_examples=250)


class RefusedError(Exception):
    """The oracle's verdict."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise RefusedError
    return dict(pairs)


def _constant(name: str) -> None:
    raise RefusedError(name)


def _double(literal: str) -> float:
    value = float(literal)
    if math.isinf(value):
        raise RefusedError
    return value


def oracle(data: bytes) -> Any:
    """The standard library's reading, made strict by SPEC 1.2 and 1.4; without a depth limit."""
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_members,
            parse_constant=_constant,
            parse_float=_double,
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except ValueError as error:  # not JSON, not UTF-8, or a lone surrogate
        raise RefusedError from error
    return value


def assert_as_the_oracle(data: bytes) -> None:
    """Both refuse, or both give the same value: repr tells 1, 1.0, True, 0.0 and -0.0 apart."""
    try:
        expected = oracle(data)
    except RefusedError:
        document_refusal(data)
    else:
        assert repr(read_json(data)) == repr(expected)


# --- What is read ---------------------------------------------------------------------------------


@drawn
@given(json_documents())
def test_documents_are_read_as_the_standard_library_reads_them(document: bytes) -> None:
    assert repr(read_json(document)) == repr(json.loads(document))


@drawn
@given(json_values())
def test_what_is_written_is_read_back(value: Any) -> None:
    written = canonical_json(value)
    assert canonical_json(read_json(written)) == written


@drawn
@given(json_documents())
def test_the_survey_made_while_reading_is_that_of_the_value(document: bytes) -> None:
    value, plain = read_surveyed(document)
    assert plain == is_plain(value)


number_literals = st.from_regex(
    r"-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True
)


@drawn
@given(number_literals)
def test_number_literals(literal: str) -> None:
    assert_as_the_oracle(literal.encode())
    assert_as_the_oracle(f'{{"n":[{literal}]}}'.encode())


string_pieces = st.one_of(
    strings(),
    st.sampled_from([r"\"", r"\\", r"\/", r"\b", r"\f", r"\n", r"\r", r"\t", "{", "}", ":", '":"']),
    st.from_regex(r"\\u[0-9a-fA-F]{4}", fullmatch=True),
    st.from_regex(r"\\u[dD][89abAB][0-9a-f]{2}\\u[dD][c-fC-F][0-9a-f]{2}", fullmatch=True),
)


@drawn
@given(st.lists(string_pieces, max_size=6).map("".join))
def test_string_literals(inside: str) -> None:
    """Most are sound, some hold raw control characters, quotes or lone surrogates."""
    assert_as_the_oracle(f'"{inside}"'.encode())
    assert_as_the_oracle(f'{{"{inside}":["{inside}",1]}}'.encode())


EXACT = [
    pytest.param(b"1", 1, id="integer"),
    pytest.param(b"1.0", 1.0, id="float"),
    pytest.param(b"1e2", 100.0, id="exponent-makes-a-float"),
    pytest.param(b"1E2", 100.0, id="capital-exponent"),
    pytest.param(b"1e+02", 100.0, id="exponent-with-sign-and-zero"),
    pytest.param(b"-0", 0, id="minus-0-is-an-integer"),
    pytest.param(b"-0.0", -0.0, id="minus-0.0-is-a-float"),
    pytest.param(b"0e0", 0.0, id="0e0"),
    pytest.param(b"1e-400", 0.0, id="underflow"),
    pytest.param(b"-1e-400", -0.0, id="negative-underflow"),
    pytest.param(b"0e999999999999999999999999", 0.0, id="zero-with-a-huge-exponent"),
    pytest.param(b"1.7976931348623157e308", 1.7976931348623157e308, id="greatest-double"),
    pytest.param(b"1.7976931348623158e308", 1.7976931348623157e308, id="rounds-to-greatest"),
    pytest.param(b"2.5e-324", 5e-324, id="rounds-to-least-subnormal"),
    pytest.param(b"9007199254740993.0", 9007199254740992.0, id="tie-to-even"),
    pytest.param(b"0.1000000000000000055511151231257827021181583404541015625", 0.1, id="0.1"),
    pytest.param(b"9007199254740993", 2**53 + 1, id="beyond-2^53"),
    pytest.param(b"9223372036854775808", 2**63, id="2^63"),
    pytest.param(b"18446744073709551615", 2**64 - 1, id="2^64-1"),
    pytest.param(b"18446744073709551616", 2**64, id="2^64"),
    pytest.param(b"-9223372036854775809", -(2**63) - 1, id="-2^63-1"),
    pytest.param(b"1" + b"0" * 600, 10**600, id="601-digits"),
    pytest.param(b"true", True, id="true"),
    pytest.param(b"false", False, id="false"),
    pytest.param(b"null", None, id="null"),
    pytest.param(b" \t\r\n[ ]\n\r\t ", [], id="white-space-around"),
    pytest.param(b'"\\u0061\\/\\ud83d\\ude00"', "a/\U0001f600", id="escapes"),
    pytest.param('"\x7f\u2028\U0010ffff"'.encode(), "\x7f\u2028\U0010ffff", id="unescaped"),
    pytest.param(b'"\\u0000"', "\x00", id="escaped-NUL"),
    pytest.param(b'"\\ufeff"', "\ufeff", id="escaped-byte-order-mark"),
    pytest.param(b'{"b":1,"a":2}', {"b": 1, "a": 2}, id="member-order"),
    pytest.param(b'{"":{"":[]}}', {"": {"": []}}, id="empty-names"),
    pytest.param('{"e\u0301":1,"\u00e9":2}'.encode(), {"e\u0301": 1, "\u00e9": 2}, id="not-NFC"),
    pytest.param(b'{"A":1,"a":2}', {"A": 1, "a": 2}, id="case"),
]
AROUND = [
    pytest.param(b"%s", lambda value: value, id="alone"),
    pytest.param(b"[%s, 1e-5]", lambda value: [value, 1e-5], id="by-an-awkward-float"),
    pytest.param(b'{"a": %s, "\\\\\\"": 18446744073709551616}',
                 lambda value: {"a": value, '\\"': 2**64}, id="by-a-big-integer"),
]  # fmt: skip


@pytest.mark.parametrize(("around", "expected"), AROUND)
@pytest.mark.parametrize(("literal", "value"), EXACT)
def test_exactly(literal: bytes, value: Any, around: bytes, expected: Callable[[Any], Any]) -> None:
    assert repr(read_json(around % literal)) == repr(expected(value))


# --- Repeated members (SPEC 1.4) ------------------------------------------------------------------

REPEATED = [
    pytest.param(b'{"a":1,"a":1}', "$.a", id="plain"),
    pytest.param(b'{"a":1,"b":2,"a":3}', "$.a", id="apart"),
    pytest.param(b'{"a":1,"\\u0061":2}', "$.a", id="escaped-second"),
    pytest.param(b'{"\\u0061":1,"a":2}', "$.a", id="escaped-first"),
    pytest.param(b'{"\\u004a":1,"\\u004A":2}', "$.J", id="escaped-in-two-ways"),
    pytest.param(b'{"/":1,"\\/":2}', "$['/']", id="escaped-slash"),
    pytest.param('{"\\ud83d\\ude00":1,"\U0001f600":2}'.encode(), "$['\U0001f600']", id="pair"),
    pytest.param(b'{"":1,"":2}', "$['']", id="empty-name"),
    pytest.param(b'{"\\"":1,"\\u0022":2}', "$['\"']", id="quote"),
    pytest.param(b'{"\\\\":1,"\\u005c":2}', "$['\\\\']", id="backslash"),
    pytest.param(b'{":":1,":":2}', "$[':']", id="colon"),
    pytest.param(b'{"x":":::","a":1,"a":2}', "$.a", id="colons-in-a-string"),
    pytest.param(b'{"a":1,"a":{"b":1}}', "$.a", id="the-second-holds-as-many-colons"),
    pytest.param(b'{"a":{"b":1},"a":"{\\":\\"}"}', "$.a", id="the-first-is-larger"),
    pytest.param(b'[0,{"o":[{"p":{"a":1,"a":2}}]}]', "$[1].o[0].p.a", id="nested"),
    pytest.param(b'{"a":1e-5,"a":18446744073709551616}', "$.a", id="awkward-numbers"),
    pytest.param(b'{"a":null,"a":null}', "$.a", id="nulls"),
    pytest.param(b'{"a":1,"a":2,"b":NaN}', "$.a", id="before-another-error"),
]


@pytest.mark.parametrize(("data", "path"), REPEATED)
def test_repeated_member(data: bytes, path: str) -> None:
    message = document_refusal(data)
    assert "repeated" in message
    assert f"at {path}: " in message


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":{"a":{"a":1}}}',
        b'[{"a":1},{"a":1}]',
        b'{"a":[{"a":1},{"a":1}],"b":{"a":1}}',
        b'{"a":"a","b":"{\\"a\\":1,\\"a\\":1}"}',
        b'{"a":1,"a ":1," a":1,"A":1,"a\\u0000":1}',
    ],
)
def test_not_repeated(data: bytes) -> None:
    assert read_json(data) == json.loads(data)


marks = st.text(':"\\{}[],', max_size=4)
names = st.one_of(st.sampled_from(["", ":", '"', "\\", '\\"', '":"', "\\\\"]), marks)
Node = Any
"""A string, a list of nodes, or an object as a tuple of (name, escaped, node)."""

nodes: st.SearchStrategy[Node] = st.recursive(
    marks,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(st.tuples(names, st.booleans(), inner), max_size=4).map(tuple),
    ),
    max_leaves=12,
)


def spelled(name: str, *, escaped: bool) -> str:
    if escaped:
        return '"' + "".join(f"\\u{ord(character):04x}" for character in name) + '"'
    return json.dumps(name)


def document_of(node: Node, space: str) -> str:
    if isinstance(node, str):
        return json.dumps(node)
    if isinstance(node, list):
        return "[" + f",{space}".join(document_of(item, space) for item in node) + "]"
    members = (
        f"{spelled(name, escaped=escaped)}{space}:{document_of(inner, space)}"
        for name, escaped, inner in node
    )
    return "{" + f"{space},".join(members) + "}"


def repeats(node: Node) -> bool:
    if isinstance(node, str):
        return False
    if isinstance(node, list):
        return any(map(repeats, node))
    return len({name for name, _, _ in node}) < len(node) or any(repeats(n) for _, _, n in node)


@drawn
@given(nodes, st.sampled_from(["", " ", "\n"]))
def test_repeated_members_are_refused_and_nothing_else(node: Node, space: str) -> None:
    """Strings full of the very characters by which a reader might count members."""
    document = document_of(node, space)
    if repeats(node):
        assert "repeated" in document_refusal(document.encode())
    else:
        assert repr(read_json(document.encode())) == repr(json.loads(document))


# --- Damaged documents ----------------------------------------------------------------------------


@drawn
@given(st.text('{}[]":,\\ \n0123456789eE.+-truefalsn\x01é', max_size=12))
def test_texts_of_json_characters(text: str) -> None:
    assert_as_the_oracle(text.encode())


PATCHES = [b"", *(bytes([code]) for code in b'{}[]":,\\u0-.e \n\x01\x80\xff'), b'"a":', b"1e999"]


@drawn
@given(json_documents(), st.data())
def test_damaged_documents(document: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(document)), label="at")
    gone = data.draw(st.integers(0, 2), label="gone")
    added = data.draw(st.sampled_from(PATCHES), label="added")
    assert_as_the_oracle(document[:at] + added + document[at + gone :])


class TestIntegersThatOrjsonCannotWrite:
    """They are read fast where it is proven that no member was dropped, and by the letter else."""

    BIG = 10**30

    def test_they_are_read_without_the_slow_reader(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reader, "read_strictly", None)
        value = {"a": [self.BIG, {"b": -self.BIG, ":": "{:}"}], "c": [[]]}
        text = json.dumps(value).encode()
        assert reader.read_surveyed(text) == (value, False)

    @pytest.mark.parametrize(
        "text",
        ['{"a":%d,"a":1}', '[%d,{"b":{"a":1,"a":1}}]', '{"\\u0061":%d,"a":{}}'],
    )
    def test_a_repeated_member_is_seen_beside_them(self, text: str) -> None:
        with pytest.raises(DocumentError, match="repeat"):
            read_json((text % self.BIG).encode())

    def test_what_is_too_deep_or_too_long_is_said_as_ever(self) -> None:
        deep = f"{'[' * 129}{self.BIG}{']' * 129}".encode()
        with pytest.raises(DocumentError, match="nested deeper than 128"):
            read_json(deep)
        with pytest.raises(DocumentError, match="digits"):
            read_json(b"[" + b"9" * 4301 + b"]")
