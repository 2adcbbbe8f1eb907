"""One opened input: its name, its decompressed bytes as a stream, and how far reading has come.

Readers take a `Source` and yield a `Paper` for each good record and a `Rejected` for each bad one.  Whatever ends
reading early is raised: `DamagedError` where the bytes give out, `UnreadableError` where the whole input is of no use.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from kg.models import Rejected

HEAD = 64 * 1024  # bytes that are looked at to tell the format
LIMIT = 64 * 1024 * 1024  # characters of one record; more is no paper, and must not fill the memory
STDIN = "-"

# Longest mark first: UTF-32-LE begins with the mark of UTF-16-LE.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What `surrogateescape` makes of bytes that are not UTF-8.
_ESCAPED = re.compile("[\udc80-\udcff]")


class DamagedError(Exception):
    """An input ends or goes wrong before its end: what was read so far is good.

    `line` is where; None: behind the last line that was read.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        """Say what is wrong, and where."""
        super().__init__(message)
        self.line = line


class UnreadableError(Exception):
    """The whole input cannot be used; the message says why and what to do."""


class Source:
    """One opened input.

    Attributes:
        name: how the user named it, for messages.
        head: its first decompressed bytes, at most `HEAD`.
        damage: what went wrong when they were read.
        stream: its decompressed bytes from the start, `head` included.
        line: the last line (or row) that was read whole, from 1.
    """

    def __init__(self, name: str, raw: BinaryIO) -> None:
        """Look at the first bytes of `raw`, unpacking gzip if that is what they are."""
        self.name = name
        self.line = 0
        self._raw = raw
        magic = raw.read(2)
        packed = magic == b"\x1f\x8b"
        stream: io.RawIOBase = _Stream(magic, raw)
        if packed:
            stream = _Stream(b"", gzip.GzipFile(fileobj=stream))
        self.head, self.damage = _read_head(stream)
        self.stream: BinaryIO = io.BufferedReader(_Stream(self.head, stream, self.damage), buffer_size=HEAD)

    def __enter__(self) -> Source:
        """Give the source itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the input, standard input excepted."""
        if self._raw is not sys.stdin.buffer:
            self._raw.close()

    @property
    def encoding(self) -> str:
        """The encoding its byte order mark says, else UTF-8."""
        return next((name for mark, name in BYTE_ORDER_MARKS if self.head.startswith(mark)), "utf-8")

    def text(self, newline: str | None = None) -> TextIO:
        """The input as text; a byte that is not UTF-8 becomes a lone surrogate, which `flaw` finds."""
        encoding = self.encoding
        errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        return io.TextIOWrapper(self.stream, encoding=encoding, errors=errors, newline=newline)

    def lines(self, newline: str | None = None) -> Iterator[tuple[int, str]]:
        """Its lines with their numbers from 1; of a line longer than `LIMIT` only the beginning (see `flaw`)."""
        text = self.text(newline)
        while line := text.readline(LIMIT + 1):
            rest = line
            while len(rest) > LIMIT and not rest.endswith("\n"):
                rest = text.readline(LIMIT + 1)
            self.line += 1
            yield self.line, line

    def rejected(self, reason: str, *, line: int | None = None, record: str | None = None) -> Rejected:
        """A reject of this input."""
        return rejected(self.name, reason, line=line, record=record)


def rejected(name: str, reason: str, *, line: int | None = None, record: str | None = None) -> Rejected:
    """A reject whose texts can be printed and written: they quote the input, and file names may be anything."""
    return Rejected(input=_printable(name), line=line, record=record and _printable(record), reason=_printable(reason))


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(char if char.isprintable() else "\ufffd" for char in text)


def flaw(text: str) -> str | None:
    """What makes the text of a record unusable, whatever its format; None if nothing does."""
    if len(text) > LIMIT:
        return f"longer than {LIMIT // 1024**2} MiB, which no record of a paper is"
    if not text.isascii() and _ESCAPED.search(text):
        return "not valid UTF-8; convert the file to UTF-8"
    return None


def open_source(name: str) -> Source:
    """Open one input, `-` being standard input.

    Raises:
        OSError: it cannot be opened or read.
    """
    if name == STDIN:
        return Source("standard input", sys.stdin.buffer)
    raw = Path(name).open("rb")  # noqa: SIM115 - the source closes it
    try:
        return Source(name, raw)
    except BaseException:
        raw.close()
        raise


class _Stream(io.RawIOBase):
    """Bytes that were read ahead, then the rest; whatever breaks on the way is told as `DamagedError`."""

    def __init__(
        self, ahead: bytes, rest: BinaryIO | io.RawIOBase | gzip.GzipFile, error: DamagedError | None = None
    ) -> None:
        self._ahead = ahead
        self._rest = rest
        self._error = error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer).cast("B")
        data = self._ahead[: len(view)] or self._read(len(view))
        self._ahead = self._ahead[len(data) :]
        view[: len(data)] = data
        return len(data)

    def _read(self, size: int) -> bytes:
        if self._error:
            raise self._error
        read = self._rest.read if isinstance(self._rest, _Stream) else self._rest.read1  # type: ignore[union-attr]
        try:
            return read(size) or b""
        except EOFError:
            self._error = DamagedError("the gzip file is cut off: it ends before its end mark")
        except (zlib.error, gzip.BadGzipFile) as error:
            self._error = DamagedError(f"the gzip file is damaged ({error})")
        except OSError as error:
            self._error = DamagedError(f"reading failed: {error.strerror or error}")
        raise self._error


def _read_head(stream: io.RawIOBase) -> tuple[bytes, DamagedError | None]:
    """The first bytes, and what went wrong if they end too early."""
    head = b""
    try:
        while len(head) < HEAD and (data := stream.read(HEAD - len(head))):
            head += data
    except DamagedError as error:
        return head, error
    return head, None
