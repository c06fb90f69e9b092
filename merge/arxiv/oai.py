"""OAI-PMH responses with ``arXivRaw`` records, read record by record in constant memory.

defusedxml's parser refuses what makes XML dangerous: document types, entities, external references.
What it reports goes into no tree, for nothing here needs one.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from pithmerge.arxiv.pieces import Noted, Paper
from pithmerge.showing import brief, clipped, printable

_OAI: Final = "{http://www.openarchives.org/OAI/2.0/}"
_RAW: Final = ("{http://arxiv.org/OAI/arXivRaw/}arXivRaw", "arXivRaw")
_TEXTS: Final = ("id", "title", "abstract", "categories", "license")
_FED: Final = 2**16
_DEEPEST: Final = 64
"""Elements in elements; a response has seven."""
_MOST_NAMES: Final = 1000
"""Different names of elements and attributes; a response has some forty."""
_LONGEST: Final = 200
_SERVER: Final = "ask arXiv again"
_FORMAT: Final = "ask for metadataPrefix=arXivRaw, the only format with the dates of all versions"


class OaiError(Exception):
    """XML that is none, or more than is read."""


def papers_of(file: BinaryIO, name: str, max_bytes: int) -> Iterator[Paper | Noted]:
    """The papers of a response or of a single ``arXivRaw``, and at its end what else it says.

    Args:
        file: open for reading, at the beginning of the XML.
        name: how it is called.
        max_bytes: how long the metadata of one paper may be.

    Raises:
        OaiError: it is broken, was cut short or is no response; what was whole has been given.
        Exception: whatever reading raises.
    """
    target = _Target(name, max_bytes)
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    inner: Any = parser.parser
    target.line = lambda: int(inner.CurrentLineNumber)
    fed = 0
    try:
        while block := file.read(_FED):
            parser.feed(block)
            fed += len(block)
            yield from target.taken()
            if fed - inner.CurrentByteIndex > max_bytes + _FED:
                raise OaiError(f"line {target.line()}: a tag or a comment {_too_long(max_bytes)}")
        parser.close()
    except ParseError as error:
        yield from target.taken()
        raise OaiError(_explained(error)) from None
    except DefusedXmlException:
        yield from target.taken()
        raise OaiError(
            f"line {target.line()}: it declares a document type or entities, which no response of "
            f"arXiv does, and which can be made to take all memory: {_SERVER}"
        ) from None
    except OaiError:
        yield from target.taken()
        raise
    except (ValueError, LookupError) as error:  # an encoding that Python does not know
        yield from target.taken()
        raise OaiError(f"{printable(clipped(str(error), _LONGEST))}: {_SERVER}") from None
    yield from target.taken()
    if not target.is_known:
        raise OaiError(f"it is XML, but no response of OAI-PMH with arXivRaw records: {_FORMAT}")
    yield Noted(target.deleted, target.continued)


def _explained(error: ParseError) -> str:
    line, column = error.position
    what = expat.ErrorString(error.code)
    if error.code in (
        expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
        expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
        expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
    ):
        return f"line {line}: it was cut short, for it ends before its last end tag: {_SERVER}"
    if error.code == expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]:
        return f"line {line}: something follows the end of the XML: give each response as a file"
    return f"line {line}, column {column}: it is no XML ({what}): {_SERVER}"


def _too_long(max_bytes: int) -> str:
    return f"has more than {max_bytes:,} bytes: raise --max-bytes if it is to be read"


class _Target:
    """What the parser reports to: one record at a time is kept."""

    def __init__(self, name: str, max_bytes: int) -> None:
        self._name = name
        self._max_bytes = max_bytes
        self._open: list[str] = []
        self._names: set[str] = set()
        self._papers: list[Paper] = []
        self._record: _Record | None = None
        self._raw_at = 0
        self._text: list[str] | None = None
        self._length = 0
        self.line: Any = lambda: 0
        self.is_known = False
        self.deleted = 0
        self.continued: bool | None = None

    def taken(self) -> list[Paper]:
        """The papers since the last time."""
        papers, self._papers = self._papers, []
        return papers

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._refuse_endless(tag, attributes)
        self._open.append(tag)
        if self._record is not None and self._raw_at:
            self._start_in_raw(tag, attributes)
        elif tag in _RAW:
            self.is_known = True
            if self._record is None:
                self._record = _Record(self.line())
            elif self._record.has_raw:
                self._record.fault(f"holds two arXivRaw elements: {_SERVER}")
            else:
                self._record.line = self.line()
            self._record.has_raw = True
            self._raw_at = len(self._open)
            self._length = 0
        elif tag == f"{_OAI}record":
            self._record = _Record(self.line())
        elif tag == f"{_OAI}header" and self._record is not None:
            self._record.is_deleted = attributes.get("status") == "deleted"
        elif tag in (f"{_OAI}identifier", f"{_OAI}resumptionToken", f"{_OAI}error"):
            self._begin_text()
            self._code = attributes.get("code", "")
        elif tag == f"{_OAI}ListRecords":
            self.is_known = True
            self.continued = False

    def data(self, text: str) -> None:
        """Text, or a part of it."""
        if self._text is None:
            return
        self._hold(len(text))
        self._text.append(text)

    def end(self, tag: str) -> None:
        """An element ends."""
        depth = len(self._open)
        self._open.pop()
        record = self._record
        if record is not None and self._raw_at:
            if depth == self._raw_at:
                self._raw_at = 0
                if f"{_OAI}record" not in self._open:
                    self._finish(record)
            else:
                self._end_in_raw(record, _local(tag), depth - self._raw_at)
        elif record is not None and tag == f"{_OAI}record":
            self._finish(record)
        elif record is not None and tag == f"{_OAI}identifier":
            record.identifier = self._taken_text()
        elif tag == f"{_OAI}resumptionToken":
            self.continued = bool(self._taken_text().strip())
        elif tag == f"{_OAI}error":
            self.is_known = True
            said = printable(clipped(f"{self._code}: {self._taken_text()}".strip(": "), _LONGEST))
            place = f"{self._name}:{self.line()}"
            problem = f"arXiv has answered with an error ({said}): {_SERVER}"
            self._papers.append(Paper(place, None, problem))

    def close(self) -> None:
        """The document ends."""

    # In arXivRaw.

    def _start_in_raw(self, tag: str, attributes: dict[str, str]) -> None:
        record, name = self._record, _local(tag)
        assert record is not None
        self._hold(len(tag))
        depth = len(self._open) - self._raw_at
        inside = _local(self._open[-2])
        if depth == 1 and name == "version":
            record.version = {}
            if "version" in attributes:
                record.version["version"] = attributes["version"]
        elif (depth == 1 and name in _TEXTS) or (depth == 2 and (inside, name) == _DATE):
            self._begin_text(keeping=True)
        elif depth > 1 and inside in (*_TEXTS, "date"):
            record.fault(f"has an element in its {inside}: {_SERVER}")

    def _end_in_raw(self, record: "_Record", name: str, depth: int) -> None:
        if depth == 1 and name == "version":
            record.versions.append(record.version)
        elif depth == 1 and name in _TEXTS:
            if name in record.value:
                record.fault(f"has more than one {name}: {_SERVER}")
            record.value[name] = self._taken_text()
        elif depth == 2 and (_local(self._open[-1]), name) == _DATE:
            if "created" in record.version:
                record.fault(f"has a version with more than one date: {_SERVER}")
            record.version["created"] = self._taken_text()

    def _finish(self, record: "_Record") -> None:
        self._record = None
        self.is_known = True
        place = f"{self._name}:{record.line}"
        if record.has_raw:
            # Where arXiv has no licence, there is no such element.
            value = {"license": None, **record.value, "versions": record.versions}
            problem = None
            if record.problem is not None:
                paper = record.value.get("id", record.identifier).strip()
                problem = f"{printable(brief(paper, _LONGEST))} {record.problem}"
            self._papers.append(Paper(place, value, problem))
        elif record.is_deleted:
            self.deleted += 1
        else:
            paper = printable(brief(record.identifier.strip(), _LONGEST))
            self._papers.append(Paper(place, None, f"{paper} has no arXivRaw element: {_FORMAT}"))

    # Texts.

    def _hold(self, size: int) -> None:
        self._length += size
        if self._length > self._max_bytes:
            line = self.line()
            raise OaiError(f"line {line}: the metadata of a paper {_too_long(self._max_bytes)}")

    def _begin_text(self, *, keeping: bool = False) -> None:
        self._text = []
        self._length = self._length if keeping else 0

    def _taken_text(self) -> str:
        text, self._text = "".join(self._text or ()), None
        return text

    def _refuse_endless(self, tag: str, attributes: dict[str, str]) -> None:
        # The parser keeps every name.
        self._names.add(tag)
        self._names.update(attributes)
        if len(self._names) > _MOST_NAMES:
            raise OaiError(f"line {self.line()}: it has too many kinds of elements for a response")
        if len(self._open) >= _DEEPEST:
            raise OaiError(f"line {self.line()}: its elements nest too deep for a response")


_DATE: Final = ("version", "date")


class _Record:
    """What is known of a record while it is read."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.identifier = ""
        self.is_deleted = False
        self.has_raw = False
        self.value: dict[str, Any] = {}
        self.version: dict[str, str] = {}
        self.versions: list[dict[str, str]] = []
        self.problem: str | None = None

    def fault(self, problem: str) -> None:
        """It is none, for this reason if there was no other before."""
        self.problem = self.problem or problem


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
