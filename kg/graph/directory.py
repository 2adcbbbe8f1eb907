"""The graph directory: immutable versions beside each other, one of them in force, swapped atomically.

    GRAPH/CURRENT       names the version in force
    GRAPH/versions/N/   papers, entities, aliases, mentions, edges, support .parquet and manifest.json
    GRAPH/cache/        what can be made again: extracted records, the embedded store's file

A version is written into a hidden folder, flushed to disk, renamed to its number, and only then named in `CURRENT`.
Whatever is killed before that leaves the previous version in force; the next build sweeps up the rest.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from kg.errors import KgError, UsageError
from kg.graph import tables

FORMAT = 1
_KEPT_VERSIONS = 2  # the one in force and the one that readers may still have open


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a version holds: format, the extractor that read the papers, rows and SHA-256 of each table.

    `min_score`: what was less likely to be right was left out.
    """

    format: int
    extractor: str
    counts: dict[str, int]
    checksums: dict[str, str]
    min_score: float = 0.0

    @property
    def fingerprint(self) -> str:
        """32 hex digits that name the content of the version."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()[:32]


class Version:
    """One immutable version of a graph."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.number = int(path.name)
        try:
            self.manifest = msgspec.json.decode((path / "manifest.json").read_bytes(), type=Manifest)
        except (OSError, msgspec.MsgspecError) as error:
            raise KgError(f"{path}: not a readable version of a graph ({error}); build it again") from error
        if self.manifest.format != FORMAT:
            raise KgError(f"{path}: graph format {self.manifest.format}, this program reads {FORMAT}; build it again")

    def __repr__(self) -> str:
        """`Version(graph/versions/3)`."""
        return f"Version({self.path})"

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The table `name`, or only some of its columns, read into memory."""
        with self._open(name) as file:
            return file.read(columns=None if columns is None else list(columns))

    def batches(self, name: str, columns: Sequence[str] | None = None, size: int = 8192) -> Iterator[pa.RecordBatch]:
        """The table `name` in batches of at most `size` rows, without holding it in memory."""
        with self._open(name) as file:
            yield from file.iter_batches(batch_size=size, columns=None if columns is None else list(columns))

    def check(self) -> None:
        """Compare every table with its checksum.

        Raises:
            KgError: a table is missing or damaged (names it).
        """
        for name, expected in self.manifest.checksums.items():
            path = self.path / f"{name}.parquet"
            if not path.is_file() or _sha256(path) != expected:
                raise KgError(f"{path}: missing or damaged; build the graph again")

    def _open(self, name: str) -> pq.ParquetFile:
        path = self.path / f"{name}.parquet"
        try:
            return pq.ParquetFile(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise KgError(f"{path}: missing or damaged ({error}); build the graph again") from error


class GraphDirectory:
    """A graph on disk."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    @property
    def cache(self) -> Path:
        """Folder of what can be made again."""
        return self.path / "cache"

    def current(self) -> Version | None:
        """The version in force, or None where nothing was built yet.

        Raises:
            KgError: `CURRENT` names a version that is not there.
        """
        try:
            name = (self.path / "CURRENT").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise KgError(f"{self.path / 'CURRENT'}: cannot be read ({error})") from error
        if not name.isdigit():
            raise KgError(f"{self.path / 'CURRENT'}: names no version: {name[:40]!r}")
        return Version(self.path / "versions" / name)

    def open(self) -> Version:
        """The version in force.

        Raises:
            UsageError: there is no graph here.
        """
        version = self.current()
        if version is None:
            raise UsageError(f"{self.path}: no graph here; build one with: kg build INPUT... -g {self.path}")
        return version

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the right to build into this directory; a second builder is refused.

        Raises:
            KgError: another process is building here.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UsageError(f"{self.path}: is a file, not a graph directory")
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / ".lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise KgError(
                    f"{self.path}: another build is running in this graph; try again when it is done"
                ) from error
            yield

    @contextlib.contextmanager
    def staging(self) -> Iterator[Path]:
        """A folder to write a new version into; it is gone afterwards unless `publish` took it.  Needs `lock`."""
        versions = self.path / "versions"
        versions.mkdir(exist_ok=True)
        for left_over in versions.glob(".staging-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=".staging-", dir=versions))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def publish(self, folder: Path, extractor: str, min_score: float = 0.0) -> Version:
        """Put the tables in `folder` in force as a new version, unless they equal the one in force.  Needs `lock`."""
        files = {name: folder / f"{name}.parquet" for name in tables.NAMES}
        manifest = Manifest(
            format=FORMAT,
            extractor=extractor,
            counts={name: pq.read_metadata(path).num_rows for name, path in files.items()},
            checksums={name: _sha256(path) for name, path in files.items()},
            min_score=min_score,
        )
        previous = self.current()
        if previous is not None and previous.manifest == manifest:
            return previous
        text = msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=1) + b"\n"
        (folder / "manifest.json").write_bytes(text)
        for path in (*files.values(), folder / "manifest.json"):
            _flush(path)
        numbers = [int(path.name) for path in (self.path / "versions").iterdir() if path.name.isdigit()]
        target = self.path / "versions" / str(max(numbers, default=0) + 1)
        folder.chmod(0o755)
        folder.rename(target)
        _flush(target.parent)
        self._put_in_force(target.name)
        self._sweep(keep=sorted({*numbers, int(target.name)})[-_KEPT_VERSIONS:])
        return Version(target)

    def _put_in_force(self, name: str) -> None:
        new = self.path / ".CURRENT.new"
        new.write_text(f"{name}\n", encoding="ascii")
        _flush(new)
        new.replace(self.path / "CURRENT")
        _flush(self.path)

    def _sweep(self, keep: Sequence[int]) -> None:
        for path in (self.path / "versions").iterdir():
            if path.name.isdigit() and int(path.name) not in keep:
                shutil.rmtree(path, ignore_errors=True)


def write_table(path: Path, name: str, columns: Mapping[str, object]) -> None:
    """Write a whole table at once."""
    pq.write_table(pa.table(dict(columns), schema=tables.table_schema(name)), path, compression="zstd")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
