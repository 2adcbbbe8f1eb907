"""Parquet tables."""

from __future__ import annotations

import datetime
import gzip
import io
import sys
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fixtures_read import Reading

from kg.models import Rejected
from kg.read import read

TITLES = [f"Widget {n}" for n in range(3000)]


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, **options)
    return buffer.getvalue()


def test_a_record(reading: Reading) -> None:
    columns = {
        "Paper_ID": [17],
        "title": ["Turning Widgets"],
        "Abstract": ["We turn widgets."],
        "authors": [["Jane Doe", "John Roe"]],
        "published": pa.array([datetime.datetime(2021, 1, 2, 3)], pa.timestamp("ns", tz="UTC")),
        "doi": ["10.1234/W"],
        "embedding": [[0.5] * 8],
    }
    (paper,), rejects = reading(parquet(columns))
    assert rejects == []
    assert (paper.id, paper.title, paper.abstract) == ("17", "Turning Widgets", "We turn widgets.")
    assert (paper.authors, paper.date, paper.year) == (("Jane Doe", "John Roe"), "2021-01-02", 2021)
    assert (paper.doi, paper.source) == ("10.1234/w", "parquet")


def test_types_that_tables_have(reading: Reading) -> None:
    columns = {
        "title": pa.array(["A", "A"]).dictionary_encode(),
        "abstract": pa.array([b"We turn it.", None], pa.binary()),
        "authors": [[{"name": "Jane Doe"}], None],
        "year": [2021.0, None],
        "date": pa.array([None, datetime.date(2020, 5, 6)], pa.date32()),
    }
    papers, rejects = reading(parquet(columns))
    assert rejects == []
    assert [(p.title, p.abstract, p.authors, p.year, p.date) for p in papers] == [
        ("A", "We turn it.", ("Jane Doe",), 2021, None),
        ("A", "", (), 2020, "2020-05-06"),
    ]


def test_all_rows_of_all_groups_come_in_order(reading: Reading) -> None:
    papers, rejects = reading(parquet({"title": TITLES, "abstract": TITLES}, row_group_size=700))
    assert [paper.title for paper in papers] == TITLES
    assert rejects == []


def test_standard_input_and_gzip(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(gzip.compress(parquet({"title": TITLES, "abstract": TITLES})))

    monkeypatch.setattr(sys, "stdin", Stdin())
    rejects: list[Rejected] = []
    assert sum(1 for _ in read(["-"], rejects.append)) == 3000
    assert rejects == []


def test_bad_rows_are_named(reading: Reading) -> None:
    titles = pa.array([b"A", None, b"br\xfccke", b"", b"Last"], pa.binary())
    papers, rejects = reading(parquet({"title": titles, "abstract": ["x"] * 5}))
    assert [paper.title for paper in papers] == ["A", "Last"]
    assert [reject.line for reject in rejects] == [2, 3, 4]
    assert ["UTF-8" in reject.reason for reject in rejects] == [False, True, False]


def test_text_column_that_is_not_utf8(reading: Reading) -> None:
    titles = pa.array([b"A", b"br\xfccke", b"Last"], pa.binary()).view(pa.string())
    papers, rejects = reading(parquet({"title": titles, "abstract": ["x"] * 3}))
    assert [paper.title for paper in papers] == ["A", "Last"]
    assert [reject.line for reject in rejects] == [2]


@pytest.mark.parametrize("name", ["title", "abstract"])
def test_without_a_column_the_table_is_rejected(reading: Reading, name: str) -> None:
    columns = {"title": ["A"], "abstract": ["x"], "other": [1]}
    del columns[name]
    papers, rejects = reading(parquet(columns))
    assert papers == []
    assert f"no column {name!r}" in rejects[0].reason
    assert "other" in rejects[0].reason


def test_wrong_type_of_column(reading: Reading) -> None:
    papers, rejects = reading(parquet({"title": ["A", "B"], "abstract": [1, 2]}))
    assert papers == []
    assert [reject.reason for reject in rejects] == ["its abstract is a number, not text"] * 2


def test_table_without_rows(reading: Reading) -> None:
    papers, rejects = reading(parquet({"title": pa.array([], pa.string()), "abstract": pa.array([], pa.string())}))
    assert papers == []
    assert [reject.reason for reject in rejects] == ["there is no record in it"]


@pytest.mark.parametrize("keep", [4, 100, -1, -5000])
def test_truncated_table(reading: Reading, keep: int) -> None:
    papers, rejects = reading(parquet({"title": TITLES, "abstract": TITLES})[:keep])
    assert papers == []
    assert len(rejects) == 1
    assert "Parquet file is damaged" in rejects[0].reason
    assert len(rejects[0].reason) < 250


def test_damage_in_the_middle_keeps_what_is_before(reading: Reading) -> None:
    content = bytearray(parquet({"title": TITLES, "abstract": TITLES}, row_group_size=1500, use_dictionary=False))
    column = pq.ParquetFile(io.BytesIO(content)).metadata.row_group(1).column(0)
    content[column.data_page_offset : column.data_page_offset + 200] = b"\xff" * 200
    papers, rejects = reading(bytes(content))
    assert [paper.title for paper in papers] == TITLES[: len(papers)]
    assert len(papers) >= 1000
    assert [reject.line for reject in rejects] == [len(papers) + 1]
    assert "damaged" in rejects[0].reason
