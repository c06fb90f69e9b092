"""Metadata of arXiv's, whole and broken, in the forms in which it publishes them."""

import io
import json
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq

from pithmerge.fixtures import arxiv

SNAPSHOT = arxiv("snapshot.json")
RESPONSE = arxiv("arXivRaw.xml")
PAPERS: list[dict[str, Any]] = [json.loads(line) for line in SNAPSHOT.splitlines()]

LINES = [
    "1901.08006v1 pith:2019:TI4OQOVI23LA7RSXTFUIUDKAZC "
    "9a38e83aa8d6d60fc65799688a0d40c88cb233b23f129c471f3f547e32bfa7c4",
    "2606.01509v1 pith:2026:X5HLR35ABEVRWIQTMZXKSPXDDP "
    "bf4eb8efa0092b1b2213666ea93ee31bfccd499839a05100a25ddcfc49de06ca",
    "cs/0406030v2 pith:2004:7GWZIY7PRULZEFXKE23WCRLQHZ "
    "f9ad9463ef8d179216ea26b76145703e6a58401b7c52252a0eab00f8223f2325",
]
"""What ``pithmerge number`` prints of them, as the registry has published it."""
OUTPUT = "".join(f"{line}\n" for line in LINES)

RAW = "http://arxiv.org/OAI/arXivRaw/"
OAI = "http://www.openarchives.org/OAI/2.0/"


def paper(**changes: Any) -> dict[str, Any]:
    """Small metadata of a paper; a member that is changed to Ellipsis is left out."""
    value = {
        "id": "0704.0001",
        "title": "On Things",
        "abstract": "  Things are\nconsidered.\n",
        "categories": "hep-ph",
        "license": None,
        "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}],
        **changes,
    }
    return {name: each for name, each in value.items() if each is not ...}


def versions(*dates: str) -> list[dict[str, str]]:
    return [{"version": f"v{index}", "created": each} for index, each in enumerate(dates, 1)]


def lines_of(papers: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in papers)


def raw_of(value: Mapping[str, Any], attributes: str = f' xmlns="{RAW}"') -> str:
    """An ``arXivRaw`` element."""
    dates = "".join(
        f'<version version="{each["version"]}"><date>{each["created"]}</date>'
        "<size>1kb</size></version>"
        for each in value.get("versions", ())
    )
    texts = "".join(
        f"<{name}>{escape(value[name])}</{name}>"
        for name in ("title", "categories", "license", "abstract")
        if value.get(name) is not None
    )
    return f"<arXivRaw{attributes}><id>{value['id']}</id>{dates}{texts}</arXivRaw>"


def record_of(value: Mapping[str, Any]) -> str:
    """A ``record`` with its header."""
    header = f"<header><identifier>oai:arXiv.org:{value['id']}</identifier></header>"
    return f"<record>{header}<metadata>{raw_of(value)}</metadata></record>"


def response_of(*records: str, token: str = "<resumptionToken/>") -> bytes:
    """A response with records that are written already."""
    inner = "\n".join(records)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="{OAI}">\n<ListRecords>\n{inner}\n'
        f"{token}</ListRecords></OAI-PMH>\n"
    ).encode()


def parquet_of(papers: Iterable[Mapping[str, Any]], **options: Any) -> bytes:
    """A Parquet file of these columns."""
    sink = io.BytesIO()
    schema = options.pop("schema", None)
    pq.write_table(pa.Table.from_pylist([dict(each) for each in papers], schema), sink, **options)
    return sink.getvalue()
