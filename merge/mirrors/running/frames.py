"""What the workers of a cluster do, and the data frames in which Dask brings pieces together."""

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from pithmerge._version import __version__
from pithmerge.errors import PithmergeError
from pithmerge.mirrors.merge_part import Gathered, Merged
from pithmerge.mirrors.pieces import Piece
from pithmerge.mirrors.running.work import Task


class ClusterError(PithmergeError):
    """A cluster that cannot be reached, cannot be used, or has given up."""


def needed_of_dask(module: str) -> ModuleType:
    """A module of the extra ``cluster``.

    Raises:
        ClusterError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ClusterError(
            f"--engine dask needs {error.name or module}, which is not installed: "
            "pip install 'pithmerge[cluster]'"
        ) from None


def version_here() -> str:
    """The version of pithmerge that the process has."""
    return __version__


def load(read: Callable[[Task], tuple[list[Piece], Gathered]], task: Task) -> tuple[Any, Gathered]:
    """The pieces of a task as a data frame, and what reading them has come to."""
    pieces, gathered = read(task)
    return frame_of(pieces), gathered


def frame_of(pieces: list[Piece]) -> Any:
    """Pieces as the data frame that Dask shuffles. Texts and bytes stay in Arrow's memory."""
    arrow, pandas = needed_of_dask("pyarrow"), needed_of_dask("pandas")
    columns = {
        "pith_number": arrow.array([piece.pith_number for piece in pieces], arrow.large_string()),
        "kind": arrow.array([piece.kind for piece in pieces], arrow.int8()),
        "data": arrow.array([piece.data for piece in pieces], arrow.large_binary()),
    }
    return arrow.table(columns).to_pandas(types_mapper=pandas.ArrowDtype)


def merge_frame(merge: Callable[[list[Piece], Path], Merged], frame: Any, target: Path) -> Merged:
    """Merge the pieces of a partition into its target."""
    columns = (frame["pith_number"], frame["kind"], frame["data"])
    return merge([Piece(*row) for row in zip(*columns, strict=True)], target)
