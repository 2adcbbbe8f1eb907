"""A progress bar on the terminal for whatever takes longer than two seconds."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from kg.output import console

_QUIET_SECONDS = 2.0
_REFRESH_SECONDS = 0.1


class ProgressBar:
    """Called with (stage, done, total or None); draws one bar a stage on standard error, or nothing."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._enabled = not quiet and sys.stderr.isatty()
        self._started = time.monotonic()
        self._drawn = 0.0
        self._tasks: dict[str, TaskID] = {}
        self._bar: Progress | None = None

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Show how far a stage is."""
        now = time.monotonic()
        if not self._enabled or now - self._started < _QUIET_SECONDS:
            return
        if stage in self._tasks and done != total and now - self._drawn < _REFRESH_SECONDS:
            return
        self._drawn = now
        if self._bar is None:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
            )
            self._bar = Progress(*columns, console=console(stderr=True), transient=True)
            self._bar.start()
        if stage not in self._tasks:
            self._tasks[stage] = self._bar.add_task(stage, total=total)
        self._bar.update(self._tasks[stage], completed=done, total=total)

    def __enter__(self) -> Self:
        """The bar itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wipe the bar."""
        if self._bar is not None:
            self._bar.stop()
