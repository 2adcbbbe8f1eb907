"""Inputs of every kind: files, folders, standard input, gzip, and what is no input at all."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import re
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from fixtures_read import Reading

from kg.errors import UsageError
from kg.models import Paper, Rejected
from kg.read import read

PAPERS = "".join(
    json.dumps({"id": f"p{n}", "title": f"Widgets, part {n}", "abstract": f"We turn widget number {n}."}) + "\n"
    for n in range(400)
)


class Stdin:
    def __init__(self, content: bytes) -> None:
        self.buffer: io.BufferedIOBase = io.BytesIO(content)


def failing(_: Rejected) -> None:
    raise AssertionError("nothing should be rejected")


def test_missing_input_is_named_before_anything_is_read(tmp_path: Path) -> None:
    good = tmp_path / "good.jsonl"
    good.write_text(PAPERS)
    with pytest.raises(UsageError, match=r"nowhere\.jsonl: there is no such file"):
        read([good, tmp_path / "nowhere.jsonl"], failing)


def test_empty_name_is_not_the_current_folder() -> None:
    with pytest.raises(UsageError, match="''"):
        read([""], failing)


def test_standard_input_is_read_like_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = Stdin(PAPERS.encode())
    monkeypatch.setattr(sys, "stdin", stdin)
    assert len(list(read(["-"], failing))) == 400
    assert not stdin.buffer.closed


def test_standard_input_may_be_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(gzip.compress(PAPERS.encode())))
    assert len(list(read(["-"], failing))) == 400


def test_rejects_of_standard_input_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(b'{"title": "A widget"}\n{broken\n'))
    rejects: list[Rejected] = []
    assert len(list(read(["-"], rejects.append))) == 1
    assert [(reject.input, reject.line) for reject in rejects] == [("standard input", 2)]


def test_standard_input_can_be_named_once() -> None:
    with pytest.raises(UsageError, match="only once"):
        read(["-", "-"], failing)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_pipe_that_gives_a_few_bytes_at_a_time(monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]) -> None:
    class Dripping(io.RawIOBase):
        rest = pack(PAPERS.encode())

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            size = min(7, len(buffer))
            drop, self.rest = self.rest[:size], self.rest[size:]
            buffer[: len(drop)] = drop
            return len(drop)

    stdin = Stdin(b"")
    stdin.buffer = io.BufferedReader(Dripping())  # type: ignore[type-var]
    monkeypatch.setattr(sys, "stdin", stdin)
    assert len(list(read(["-"], failing))) == 400


def test_gzip_is_told_by_content_not_by_name(reading: Reading) -> None:
    packed = gzip.compress(PAPERS.encode())
    for name in ("papers.jsonl.gz", "papers.jsonl", "papers"):
        papers, rejects = reading(packed, name)
        assert (len(papers), rejects) == (400, [])
    papers, rejects = reading(PAPERS, "papers.gz")
    assert (len(papers), rejects) == (400, [])


def test_several_gzip_members_are_one_input(reading: Reading) -> None:
    papers, rejects = reading(gzip.compress(PAPERS.encode()) + gzip.compress(b'{"title": "The last widget"}\n'))
    assert (len(papers), rejects) == (401, [])


def random_papers(count: int) -> bytes:
    lines = (json.dumps({"title": f"Widget {n}", "abstract": os.urandom(600).hex()}) for n in range(count))
    return "".join(line + "\n" for line in lines).encode()


def test_truncated_gzip_gives_what_is_before_the_break_and_names_the_line(reading: Reading) -> None:
    whole = random_papers(400)
    packed = gzip.compress(whole)
    cut = packed[: len(packed) // 2]
    lines = zlib.decompressobj(wbits=31).decompress(cut).count(b"\n")
    assert lines > 100
    papers, rejects = reading(cut, "cut.jsonl.gz")
    assert [paper.title for paper in papers] == [f"Widget {n}" for n in range(lines)]
    assert len(rejects) == 1
    assert rejects[0].line == lines + 1
    assert rejects[0].input.endswith("cut.jsonl.gz")
    assert "cut off" in rejects[0].reason


@pytest.mark.parametrize("keep", [2, 3, 9, 10, 12, 30])
def test_gzip_cut_in_its_first_bytes(reading: Reading, keep: int) -> None:
    papers, rejects = reading(gzip.compress(PAPERS.encode())[:keep])
    assert papers == []
    assert len(rejects) == 1
    assert "cut off" in rejects[0].reason


def test_gzip_with_a_wrong_byte_keeps_what_is_before(reading: Reading) -> None:
    packed = bytearray(gzip.compress(random_papers(400)))
    packed[len(packed) // 2 : len(packed) // 2 + 40] = b"\xff" * 40
    papers, rejects = reading(bytes(packed))
    assert 100 < len(papers) < 400
    assert "damaged" in rejects[-1].reason


def test_gzip_with_a_wrong_checksum_gives_everything_and_says_so(reading: Reading) -> None:
    packed = bytearray(gzip.compress(PAPERS.encode()))
    packed[-6] ^= 0xFF
    papers, rejects = reading(bytes(packed))
    assert len(papers) == 400
    assert len(rejects) == 1
    assert "damaged" in rejects[0].reason


@pytest.mark.parametrize("content", ["", "\n \n\t\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)])
def test_empty_input(reading: Reading, content: str | bytes) -> None:
    papers, rejects = reading(content)
    assert papers == []
    assert [reject.reason for reject in rejects] == ["it is empty"]


@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)) * 300,
        b"\x7fELF\x02\x01\x01" + b"\x00" * 500,
        gzip.compress(bytes(range(256)) * 300),
        "Заглавие;Резюме\nПриспособление;Въртим го.\n".encode("cp1251"),
    ],
    ids=["bytes", "program", "packed", "other encoding"],
)
def test_binary_input(reading: Reading, content: bytes) -> None:
    papers, rejects = reading(content, "data.bin")
    assert papers == []
    assert len(rejects) == 1
    assert "binary" in rejects[0].reason
    assert rejects[0].input.endswith("data.bin")


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"PK\x03\x04rest", "zip"), (b"BZh91AY", "bzip2"), (b"\xfd7zXZ\x00", "xz"), (b"%PDF-1.7\n", "PDF")],
)
def test_other_packages_are_named(reading: Reading, content: bytes, what: str) -> None:
    _, rejects = reading(content)
    assert what in rejects[0].reason


def test_unknown_text_is_rejected_with_what_can_be_read(reading: Reading) -> None:
    papers, rejects = reading("To whom it may concern.\n\nThis is a letter, and no paper.\n", "letter.txt")
    assert papers == []
    assert "format is not known" in rejects[0].reason
    assert "BibTeX" in rejects[0].reason


@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")]
)
@pytest.mark.parametrize("text", ['{"title": "Größe"}\n', "title,abstract\nGröße,\n", "@misc{a, title = {Größe}}\n"])
def test_byte_order_marks(reading: Reading, encoding: str, mark: bytes, text: str) -> None:
    papers, rejects = reading(mark + text.encode(encoding))
    assert [paper.title for paper in papers] == ["Größe"]
    assert rejects == []


def test_folder_is_read_in_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.jsonl", ".hidden.jsonl", "deep/er/c.jsonl", ".git/d.jsonl"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"title": name}))
    assert [paper.title for paper in read([tmp_path], failing)] == ["a.jsonl", "b.jsonl", "deep/er/c.jsonl"]


def test_folder_names_what_it_cannot_use(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"title": "A widget"}')
    (tmp_path / "notes.md").write_text("# Notes\n\nNothing here.\n")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    rejects: list[Rejected] = []
    assert len(list(read([tmp_path], rejects.append))) == 1
    assert sorted(Path(reject.input).name for reject in rejects) == ["gone", "notes.md", "pipe"]


def test_empty_folder(tmp_path: Path) -> None:
    rejects: list[Rejected] = []
    assert list(read([tmp_path], rejects.append)) == []
    assert [reject.input for reject in rejects] == [str(tmp_path)]


def test_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "closed.jsonl"
    path.write_text(PAPERS)

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    rejects: list[Rejected] = []
    assert list(read([path], rejects.append)) == []
    assert [str(reject) for reject in rejects] == [f"{path}: it cannot be read: Permission denied"]


def test_read_error_on_the_way_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(io.BytesIO):
        def read1(self, size: int | None = -1) -> bytes:
            if self.tell() > 100_000:
                raise OSError(5, "Input/output error")
            return super().read1(size)

    stdin = Stdin(b"")
    stdin.buffer = Failing(random_papers(400))
    monkeypatch.setattr(sys, "stdin", stdin)
    rejects: list[Rejected] = []
    papers = list(read(["-"], rejects.append))
    assert 50 < len(papers) < 400
    assert [reject.line for reject in rejects] == [len(papers) + 1]
    assert "Input/output error" in rejects[0].reason


def test_rejected_input_does_not_stop_the_next(tmp_path: Path) -> None:
    for name, content in (("1", b"\x00" * 99), ("2", b'{"title": "A widget"}'), ("3", b""), ("4", b'{"title": "B"}')):
        (tmp_path / name).write_bytes(content)
    rejects: list[Rejected] = []
    assert [paper.title for paper in read(sorted(tmp_path.iterdir()), rejects.append)] == ["A widget", "B"]
    assert len(rejects) == 2


def test_duplicates_and_colliding_ids_pass(reading: Reading) -> None:
    line = '{"id": "1", "title": "A widget", "abstract": "We turn it."}\n'
    papers, rejects = reading(line * 3 + '{"id": "1", "title": "Another widget"}\n')
    assert len(papers) == 4
    assert papers[0] == papers[1] == papers[2]
    assert rejects == []


def test_input_without_a_record_is_named(reading: Reading) -> None:
    for content in ("title,abstract\n", "[]", "@comment{nothing}\n"):
        papers, rejects = reading(content)
        assert papers == []
        assert [reject.reason for reject in rejects] == ["there is no record in it"]


TURNS = "turn" * 1250

# Format: what comes first, and the pattern of a record.
LARGE = {
    "jsonl": ("", f'{{"title": "Widget %d", "abstract": "{TURNS}"}}\n'),
    "json": ("[", f'{{"title": "Widget %d", "abstract": "{TURNS}"}},'),
    "csv": ("title,abstract\n", f'Widget %d,"{TURNS}, {TURNS}"\n'),
    "bibtex": ("", f"@misc{{w, title={{Widget %d}}, abstract={{{TURNS}}}}}\n"),
    "page": ("new\n\nSubscribe\n\nJun 6\n\n", f"Widget %d\n\n{TURNS}.\n\n"),
}


@pytest.mark.parametrize("form", LARGE)
def test_memory_does_not_grow_with_the_input(tmp_path: Path, form: str) -> None:
    path = tmp_path / "large.gz"
    first, record = LARGE[form]
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write(first)
        file.writelines(record % number for number in range(2_000))  # 10 MB
    tracemalloc.start()
    try:
        count = sum(1 for _ in read([path], failing))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 2_000
    assert peak < 3_000_000


def test_rejects_read_well(reading: Reading) -> None:
    _, rejects = reading('{"id": 7, "title": "A widget", "abstract": 5}\n')
    assert re.fullmatch(r".*input:1: record 7: its abstract is a number, not text", str(rejects[0]))


@pytest.mark.parametrize(
    "content", [b"title,a\x1b[2Jb\xff\n", b"title,abstract\nA\x1b,b,c\xff\n", b"@misc{\x1bk\xff, title={A}\n"]
)
def test_rejects_can_be_printed_whatever_they_quote(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "na\udcffme"
    path.write_bytes(content)
    rejects: list[Rejected] = []
    assert list(read([path], rejects.append)) == []
    assert len(rejects) == 1
    assert str(rejects[0]).isprintable()
    assert msgspec.json.encode(rejects[0])


def test_papers_come_while_reading_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_text('{"title": "A widget"}\n{broken\n')
    rejects: list[Rejected] = []
    papers = read([path], rejects.append)
    assert isinstance(next(papers), Paper)
    assert rejects == []
    assert list(papers) == []
    assert len(rejects) == 1
