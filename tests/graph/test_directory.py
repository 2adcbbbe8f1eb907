import multiprocessing
import os
from pathlib import Path

import pytest

from kg.errors import KgError, UsageError
from kg.graph import tables
from kg.graph.directory import GraphDirectory, Version, write_table


def write_version(directory: GraphDirectory, title: str) -> Version:
    with directory.lock(), directory.staging() as folder:
        for name in tables.NAMES:
            columns: dict[str, object] = {column: [] for column in tables.table_schema(name).names}
            if name == "papers":
                columns = {column: [None] for column in columns} | {"id": [f"paper:{title}"], "title": [title]}
            write_table(folder / f"{name}.parquet", name, columns)
        return directory.publish(folder, "test/1")


def titles(version: Version) -> list[str]:
    return list(version.table("papers", ["title"])["title"].to_pylist())


def test_a_new_version_comes_into_force_and_readers_keep_the_old_one(tmp_path: Path) -> None:
    directory = GraphDirectory(tmp_path / "g")
    assert directory.current() is None
    first = write_version(directory, "one")
    second = write_version(directory, "two")
    current = directory.current()
    assert current is not None
    assert (first.number, second.number, current.number) == (1, 2, 2)
    assert (titles(first), titles(current)) == (["one"], ["two"])


def test_the_same_tables_again_make_no_new_version(tmp_path: Path) -> None:
    directory = GraphDirectory(tmp_path / "g")
    assert write_version(directory, "one").number == write_version(directory, "one").number == 1


def test_only_the_last_two_versions_are_kept(tmp_path: Path) -> None:
    directory = GraphDirectory(tmp_path / "g")
    for title in "abcd":
        write_version(directory, title)
    assert sorted(path.name for path in (tmp_path / "g" / "versions").iterdir()) == ["3", "4"]


def _killed_before_publishing(path: str) -> None:
    directory = GraphDirectory(path)
    with directory.lock(), directory.staging() as folder:
        (folder / "papers.parquet").write_bytes(b"half a file")
        os._exit(9)


def test_a_killed_build_leaves_the_previous_version_and_the_next_build_works(tmp_path: Path) -> None:
    directory = GraphDirectory(tmp_path / "g")
    write_version(directory, "one")
    process = multiprocessing.get_context("spawn").Process(
        target=_killed_before_publishing, args=(str(directory.path),)
    )
    process.start()
    process.join()
    assert process.exitcode == 9
    assert titles(directory.open()) == ["one"]
    assert any(path.name.startswith(".staging") for path in (directory.path / "versions").iterdir())
    write_version(directory, "two")
    assert titles(directory.open()) == ["two"]
    assert not any(path.name.startswith(".staging") for path in (directory.path / "versions").iterdir())


def test_a_second_build_at_once_is_refused(tmp_path: Path) -> None:
    directory = GraphDirectory(tmp_path / "g")
    with (
        directory.lock(),
        pytest.raises(KgError, match="another build is running"),
        GraphDirectory(tmp_path / "g").lock(),
    ):
        pass


def test_damage_is_named(tmp_path: Path) -> None:
    directory = GraphDirectory(tmp_path / "g")
    version = write_version(directory, "one")
    version.check()
    edges = version.path / "edges.parquet"
    edges.write_bytes(edges.read_bytes()[:-8])
    with pytest.raises(KgError, match=r"edges\.parquet: missing or damaged"):
        version.check()
    with pytest.raises(KgError, match=r"edges\.parquet: missing or damaged"):
        version.table("edges")


def test_no_graph_and_a_file_in_its_place_are_usage_errors(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no graph here"):
        GraphDirectory(tmp_path / "nothing").open()
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="is a file"), GraphDirectory(tmp_path / "file").lock():
        pass


def test_a_foreign_current_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "CURRENT").write_text("../../etc")
    with pytest.raises(KgError, match="names no version"):
        GraphDirectory(tmp_path).current()
