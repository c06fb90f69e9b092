"""How far a run is: a bar on a terminal, with rates and the time left; nothing in a pipe."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from pithmerge.showing import some

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

_MEGABYTE: Final = 1e6


class Progress:
    """The progress of one run, on stderr if that is a terminal."""

    def __init__(self, what: str) -> None:
        """Progress of ``what``: a word or two at the left of the bar."""
        self._what = what
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._documents = self._bytes = 0

    def __enter__(self) -> Self:
        """Show it."""
        if sys.stderr is not None and sys.stderr.isatty():
            self._bar = _bar()
            self._bar.start()
            self._task = self._bar.add_task(self._what, total=None, rates="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave nothing of it on the terminal."""
        if self._bar is not None:
            self._bar.stop()

    def expect(self, total: int, *, done: int = 0) -> None:
        """How much there is to do, in whatever unit `advance` counts, and what was done before."""
        if self._bar is not None and self._task is not None:
            self._bar.reset(self._task, total=max(total, 1), completed=done, rates="")

    def advance(self, weight: int, *, documents: int, size: int) -> None:
        """So much more is done.

        Args:
            weight: of the total.
            documents: that were done.
            size: how many bytes these had.
        """
        self._documents += documents
        self._bytes += size
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, advance=weight, rates=self._rates())

    def _rates(self) -> str:
        assert self._bar is not None
        assert self._task is not None
        seconds = self._bar.tasks[0].elapsed or 0.0
        if seconds <= 0:
            return some(self._documents, "document")
        return (
            f"{some(self._documents, 'document')}, {self._documents / seconds:,.0f}/s, "
            f"{self._bytes / _MEGABYTE / seconds:,.1f} MB/s"
        )


def _bar() -> "Bar":
    # Rich takes a while to import, and pipes need none of it.
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    return Bar(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TextColumn("{task.fields[rates]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=Console(stderr=True, highlight=False),
        transient=True,
        redirect_stdout=False,
    )
