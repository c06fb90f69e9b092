"""Bytes that are no document, and where the message points: SPEC 1.2, 1.4 and 1.5."""

import json

import pytest

from pithmerge.canon import canonical_json, read_json
from tests.support.canon_helpers import arrays, document_refusal, objects

# --- What is refused (SPEC 1.2, 1.4) --------------------------------------------------------------

NO_DOCUMENT = [
    pytest.param(b"", id="empty"),
    pytest.param(b" \n", id="white-space-only"),
    pytest.param(b"NaN", id="NaN"),
    pytest.param(b"[Infinity]", id="Infinity"),
    pytest.param(b"[-Infinity]", id="-Infinity"),
    pytest.param(b"nan", id="nan"),
    pytest.param(b"True", id="True"),
    pytest.param(b"tru", id="cut-word"),
    pytest.param(b"truefalse", id="two-words"),
    pytest.param(b"[nullx]", id="word-and-more"),
    pytest.param(b"undefined", id="undefined"),
    pytest.param(b"01", id="leading-zero"),
    pytest.param(b"-01", id="negative-leading-zero"),
    pytest.param(b"[00]", id="double-zero"),
    pytest.param(b"1.", id="no-fraction-digits"),
    pytest.param(b"[1.e5]", id="no-fraction-digits-before-exponent"),
    pytest.param(b".5", id="no-integer-digits"),
    pytest.param(b"-.5", id="minus-and-no-integer-digits"),
    pytest.param(b"+1", id="plus"),
    pytest.param(b"-", id="minus-alone"),
    pytest.param(b"- 1", id="minus-space"),
    pytest.param(b"--1", id="two-minuses"),
    pytest.param(b"1e", id="no-exponent-digits"),
    pytest.param(b"1e+", id="exponent-sign-alone"),
    pytest.param(b"1e1.5", id="fraction-in-exponent"),
    pytest.param(b"0x10", id="hexadecimal"),
    pytest.param(b"1_000", id="digit-groups"),
    pytest.param("١".encode(), id="digits-that-are-not-ASCII"),
    pytest.param("[1\u0661]".encode(), id="more-digits-that-are-not-ASCII"),
    pytest.param(b"[1,]", id="trailing-comma-in-array"),
    pytest.param(b'{"a":1,}', id="trailing-comma-in-object"),
    pytest.param(b"[,1]", id="leading-comma"),
    pytest.param(b"[1,,2]", id="two-commas"),
    pytest.param(b"[1 2]", id="no-comma-in-array"),
    pytest.param(b'{"a":1 "b":2}', id="no-comma-in-object"),
    pytest.param(b'{"a" 1}', id="no-colon"),
    pytest.param(b'{"a"}', id="name-alone"),
    pytest.param(b'{"a":}', id="no-value"),
    pytest.param(b"{:1}", id="no-name"),
    pytest.param(b"{a:1}", id="name-without-quotes"),
    pytest.param(b"{1:1}", id="number-as-name"),
    pytest.param(b"{null:1}", id="null-as-name"),
    pytest.param(b'["a":1]', id="colon-in-array"),
    pytest.param(b'{"a":1:2}', id="two-colons"),
    pytest.param(b'{"a":1,"b"', id="ends-after-name"),
    pytest.param(b"[", id="open-array"),
    pytest.param(b'{"a":1', id="open-object"),
    pytest.param(b"[1,", id="ends-after-comma"),
    pytest.param(b"]", id="closed-only"),
    pytest.param(b"[1}", id="wrong-bracket"),
    pytest.param(b'{"a":1]', id="wrong-brace"),
    pytest.param(b"[1]]", id="closed-twice"),
    pytest.param(b"1 2", id="two-values"),
    pytest.param(b'{"a":1}\n{"a":2}', id="json-lines"),
    pytest.param(b"[1]x", id="text-after-the-end"),
    pytest.param(b"[1]\x00", id="NUL-after-the-end"),
    pytest.param(b"[1] // one", id="line-comment"),
    pytest.param(b"[/* one */ 1]", id="block-comment"),
    pytest.param(b"# one\n1", id="hash-comment"),
    pytest.param(b"['a']", id="single-quotes"),
    pytest.param(b'"a', id="open-string"),
    pytest.param(b'"a\\"', id="open-string-after-escape"),
    pytest.param(b'"\\', id="ends-in-escape"),
    pytest.param(b'"\\x41"', id="unknown-escape"),
    pytest.param(b'"\\U00000041"', id="capital-U-escape"),
    pytest.param(b'"\\u12"', id="short-u-escape"),
    pytest.param(b'"\\u12G4"', id="u-escape-not-hexadecimal"),
    pytest.param(b'"\\u+123"', id="u-escape-with-sign"),
    pytest.param(b'"\\\n"', id="escaped-line-end"),
    pytest.param(b'"\\ud800"', id="high-surrogate"),
    pytest.param(b'"\\udc00"', id="low-surrogate"),
    pytest.param(b'"\\ud800\\u0041"', id="high-surrogate-and-letter"),
    pytest.param(b'"\\ud83d\\ud83d\\ude00"', id="high-surrogate-and-pair"),
    pytest.param(b'"\\ude00\\ud83d"', id="swapped-surrogates"),
    pytest.param(b'{"\\uDFFF":1}', id="surrogate-in-name"),
    pytest.param(b"\x0b1", id="vertical-tab"),
    pytest.param(b"\x0c1", id="form-feed"),
    pytest.param("\u00a01".encode(), id="no-break-space"),
    pytest.param("1\u2028".encode(), id="line-separator"),
    pytest.param(b"1e400", id="overflow"),
    pytest.param(b"[-1e400]", id="negative-overflow"),
    pytest.param(b"1e99999999999999999999", id="huge-exponent"),
    pytest.param(b"1.7976931348623159e308", id="rounds-to-infinity"),
    pytest.param(b"[" + b"9" * 400 + b".0]", id="overflow-in-plain-notation"),
    *(
        pytest.param(b'["a%cb"]' % code, id=f"raw-U+{code:04X}")
        for code in (0x00, 0x01, 0x08, 0x09, 0x0A, 0x0D, 0x1B, 0x1F)
    ),
    pytest.param(b'{"a\tb":1}', id="raw-tab-in-name"),
]


@pytest.mark.parametrize("data", NO_DOCUMENT)
def test_no_json(data: bytes) -> None:
    assert document_refusal(data).startswith("line ")


@pytest.mark.parametrize(
    ("data", "first_bad_byte"),
    [
        pytest.param(b'"\x80"', 1, id="continuation-byte-alone"),
        pytest.param(b'"a\xc3"', 2, id="sequence-cut-by-ASCII"),
        pytest.param(b'"\xe2\x82"', 1, id="three-byte-sequence-cut"),
        pytest.param(b'"\xc0\x80"', 1, id="overlong-NUL"),
        pytest.param(b'"\xc1\xa1"', 1, id="overlong-letter"),
        pytest.param(b'"\xe0\x80\xaf"', 1, id="overlong-slash"),
        pytest.param(b'"\xed\xa0\x80"', 1, id="raw-high-surrogate"),
        pytest.param(b'"\xed\xbf\xbf"', 1, id="raw-low-surrogate"),
        pytest.param(b'"\xed\xa0\xbd\xed\xb8\x80"', 1, id="CESU-8"),
        pytest.param(b'"\xf4\x90\x80\x80"', 1, id="beyond-U+10FFFF"),
        pytest.param(b'"\xf8\x88\x80\x80\x80"', 1, id="five-bytes"),
        pytest.param(b'{"\xff":1}', 2, id="name"),
        pytest.param(b"[1,\xff]", 3, id="outside-of-strings"),
        pytest.param(b"[1]\xff", 3, id="after-the-end"),
        pytest.param(b'"caf\xe9"', 4, id="latin-1"),
        pytest.param("[1]".encode("utf-16"), 0, id="UTF-16"),
    ],
)
def test_not_utf8(data: bytes, first_bad_byte: int) -> None:
    assert document_refusal(data).startswith(f"byte {first_bad_byte} is not UTF-8")


@pytest.mark.parametrize("rest", [b"1", b"", b"{", b'{"a":1e-5}'])
def test_byte_order_mark(rest: bytes) -> None:
    assert "begins with a byte order mark" in document_refusal(b"\xef\xbb\xbf" + rest)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_other_encodings_without_a_mark(encoding: str) -> None:
    document_refusal('{"a":1}'.encode(encoding))


# --- Limits (SPEC 1.5) ----------------------------------------------------------------------------


@pytest.mark.parametrize("inmost", [b"", b"1e-5", b"18446744073709551616"])
@pytest.mark.parametrize("limit", [128, 132, 1, 1000])
def test_arrays_as_deep_as_the_limit(limit: int, inmost: bytes) -> None:
    value = read_json(arrays(limit, inmost), max_depth=limit)
    depth = 0
    while isinstance(value, list):
        depth, value = depth + 1, value[0] if value else None
    assert depth == limit
    assert f"deeper than {limit} levels" in document_refusal(
        arrays(limit + 1, inmost), max_depth=limit
    )


def test_the_limit_is_128_unless_told() -> None:
    assert read_json(arrays(128)) == json.loads(arrays(128))
    assert read_json(objects(128)) == json.loads(objects(128))
    assert "deeper than 128 levels" in document_refusal(arrays(129))
    assert "deeper than 128 levels" in document_refusal(objects(129))
    assert "deeper than 128 levels" in document_refusal(objects(128, b'{"b":[]}'))
    assert "deeper than 132 levels" in document_refusal(arrays(133), max_depth=132)


@pytest.mark.parametrize(
    "data",
    [
        b"[" + b"[]," * 500 + b"{}]",
        b'{"a":"' + b"[" * 500 + b'"}',
        b'{"' + b"{" * 500 + b'":[1e-5]}',
        b'["\\"[' + b"[[{{" * 50 + b'"]',
    ],
    ids=["siblings", "in-a-string", "in-a-name", "after-an-escaped-quote"],
)
def test_brackets_that_do_not_nest(data: bytes) -> None:
    assert read_json(data) == json.loads(data)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":', b" [ ", b'{"a":[1e-5,'])
@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
def test_a_hundred_thousand_levels(opening: bytes, closed: bool) -> None:
    data = opening * 100_000
    if closed:
        brackets = bytes(code for code in opening if code in b"[{")
        data += b"1" + brackets[::-1].translate(bytes.maketrans(b"[{", b"]}")) * 100_000
    assert "deeper than 128 levels" in document_refusal(data)


@pytest.mark.parametrize("around", [b"%s", b'{"a":[%s]}', b"[1e-5,%s]"])
@pytest.mark.parametrize("sign", [b"", b"-"])
def test_digits_of_an_integer(sign: bytes, around: bytes) -> None:
    longest = sign + b"9" * 4300
    assert canonical_json(read_json(around % longest)) == (around % longest).replace(
        b"1e-5", b"1e-05"
    )
    for digits in (4301, 5000, 100_000):
        assert "over 4300 digits" in document_refusal(around % (sign + b"1" * digits))


def test_digits_of_a_float_are_not_limited() -> None:
    assert read_json(b"0." + b"0" * 10_000 + b"1") == 0.0
    assert read_json(b"1." + b"0" * 10_000) == 1.0
    assert read_json(b"1" + b"0" * 5000 + b"e-5000") == 1.0


def test_bytes() -> None:
    assert read_json(b"[1, 2]", max_bytes=6) == [1, 2]
    assert "6 bytes, the limit is 5" in document_refusal(b"[1, 2]", max_bytes=5)
    assert "1,002 bytes, the limit is 1,001" in document_refusal(
        b'"' + b"x" * 1000 + b'"', max_bytes=1001
    )


# --- Where the message points ---------------------------------------------------------------------

LONG_PATH = "$[1]" + "[0]" * 10 + "…" + "[0]" * 12
MESSAGES = [
    pytest.param(b"", 1, 1, "$", "expected a value", id="empty"),
    pytest.param(b"\n \n", 3, 1, "$", "expected a value", id="white-space"),
    pytest.param(b"\n  1 2", 2, 5, "$", "after the end", id="first-line-empty"),
    pytest.param(b'{\n "a": 1,\n "b": tru\n}', 3, 7, "$.b", "no JSON", id="word"),
    pytest.param(b"[1,\n  @]", 2, 3, "$[1]", "no JSON", id="character-after-line-end"),
    pytest.param(b"[1\n,   .5]", 2, 5, "$[1]", "no JSON", id="character-after-spaces"),
    pytest.param(b'{"a":\n\n  "open}', 3, 3, "$.a", "no JSON", id="open-string"),
    pytest.param(b'[\n1\n2]', 3, 1, "$[1]", "expected ',' or ']'", id="no-comma-in-array"),
    pytest.param(b'{"a": 1\n "b": 2}', 2, 2, "$", "expected ',' or '}'", id="no-comma-in-object"),
    pytest.param(b'{"a": 1,\n 2: 2}', 2, 2, "$", "member name", id="number-as-name"),
    pytest.param(b'{"a": [1],\n}', 2, 1, "$", "member name", id="trailing-comma-in-object"),
    pytest.param(b'{"a": [1,\r\n]}', 2, 1, "$.a[1]", "expected a value", id="trailing-comma"),
    pytest.param(b'{"a": {"b"\n 1}}', 2, 2, "$.a.b", "expected ':'", id="no-colon"),
    pytest.param(b'{"a":[{},[0,{"b":1,\n"b":2}]]}', 2, 1, "$.a[1][1].b", "repeated", id="repeat"),
    pytest.param(b'[[1,2],[3]\n,[4,\n NaN]]', 3, 2, "$[2][1]", "no JSON", id="third-row"),
    pytest.param(b'{"a":1}\n\n  {"b":2}', 3, 3, "$", "after the end", id="second-document"),
    pytest.param(b'{"a":1}\n\n  x', 3, 3, "$", "", id="text-after-the-end"),
    pytest.param('["é\U0001f600",\t\x01]'.encode(), 1, 8, "$[1]", "no JSON", id="characters"),
    pytest.param(b'["ok",\n "\\ud800"]', 2, 2, "$[1]", "string is not valid", id="surrogate"),
    pytest.param(b'{"a":\n {"x\ty":1}}', 2, 3, "$.a", "string is not valid", id="tab-in-name"),
    pytest.param(b'["two\nlines"]', 1, 2, "$[0]", "string is not valid", id="line-end-in-string"),
    pytest.param(b'[1,\n -1e999]', 2, 2, "$[1]", "-1e999 is beyond the range", id="overflow"),
    pytest.param(b'[\n' + b"1" * 4301 + b"]", 2, 1, "$[0]", "4300 digits", id="long-integer"),
    pytest.param(b'{"n\\n":[\n!]}', 2, 1, "$['n\\n']", "no JSON", id="name-with-line-end"),
    pytest.param(b"[1]\n" + arrays(129), 2, 1, "$", "after the end", id="end-before-depth"),
    pytest.param(b"[1,\n" + arrays(129), 2, 128, LONG_PATH, "deeper", id="depth"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "line", "column", "path", "what"), MESSAGES)
def test_message(data: bytes, line: int, column: int, path: str, what: str) -> None:
    message = document_refusal(data)
    assert message.startswith(f"line {line}, column {column}, at {path}: "), message
    assert what in message


@pytest.mark.parametrize(
    "data",
    [
        b"[1" + b"0" * 400 + b".0e5]",
        b'"' + b"x" * 10_000 + b"\x01" + b'"',
        b"[" + b"1" * 10_000 + b"]",
        b"[" * 10_000,
    ],
    ids=["float", "string", "integer", "depth"],
)
def test_the_refusal_of_something_long_is_short(data: bytes) -> None:
    assert len(document_refusal(data)) < 500
