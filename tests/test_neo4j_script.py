"""`scripts/neo4j`: what it says where nothing can be started, and that it ends what it started, and only that."""

from __future__ import annotations

import json
import shlex
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from fixtures_neo4j import neo4j_script

from kg.errors import KgError
from kg.store.neo4j import Neo4jSettings, Neo4jStore

JAVA_17 = """#!/bin/sh
case "$*" in
  -version) echo 'openjdk version "17.0.1"' >&2 ;;
  *CommunityEntryPoint*) echo 'no room for the page cache'; exit 3 ;;
esac
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is all of PATH, and a cache of its own: a machine with nothing installed."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("JAVA_HOME", "KG_TEST_NEO4J_URI"):
        monkeypatch.delenv(name, raising=False)
    return folder


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def start_fails(home: Path) -> str:
    """Start, which must fail and leave nothing behind; what it said."""
    started = neo4j_script("start", home)
    assert (started.returncode, started.stdout) == (1, "")
    assert not home.exists()
    return started.stderr


def test_says_what_to_install(programs: Path, tmp_path: Path) -> None:
    said = start_fails(tmp_path / "home")
    assert "apt-get install default-jre-headless maven" in said
    assert "Docker" in said
    program(programs, "java", "#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    program(programs, "docker", "#!/bin/sh\nexit 1\n")
    assert "Java 17 or newer" in start_fails(tmp_path / "home")
    program(programs, "java", JAVA_17)
    assert "maven" in start_fails(tmp_path / "home")


def test_failed_download_is_told_and_not_kept(programs: Path, tmp_path: Path) -> None:
    program(programs, "java", JAVA_17)
    program(programs, "mvn", "#!/bin/sh\necho 'repository answers 503'\nexit 1\n")
    (tmp_path / "cache" / "abstract-kg" / "neo4j-5.26.12.new-killed" / "lib").mkdir(parents=True)
    assert "repository answers 503" in start_fails(tmp_path / "home")
    assert [path.name for path in (tmp_path / "cache" / "abstract-kg").iterdir()] == ["neo4j.lock"]


def test_damaged_download_is_done_again(programs: Path, tmp_path: Path) -> None:
    kept = tmp_path / "cache" / "abstract-kg" / "neo4j-5.26.12"
    (kept / "lib").mkdir(parents=True)
    (kept / "lib" / "server.jar").write_bytes(b"cut")
    (kept / "complete").write_text(json.dumps({"server.jar": 1000}))
    program(programs, "java", JAVA_17)
    program(programs, "mvn", "#!/bin/sh\necho asked again\nexit 1\n")
    assert "asked again" in start_fails(tmp_path / "home")


def test_server_that_ends_shows_its_log(programs: Path, tmp_path: Path) -> None:
    kept = tmp_path / "cache" / "abstract-kg" / "neo4j-5.26.12"
    (kept / "lib").mkdir(parents=True)
    (kept / "lib" / "server.jar").write_bytes(b"jar")
    (kept / "complete").write_text(json.dumps({"server.jar": 3}))
    program(programs, "java", JAVA_17)
    assert "no room for the page cache" in start_fails(tmp_path / "home")


def test_docker_without_the_image_falls_back(programs: Path, tmp_path: Path) -> None:
    program(programs, "docker", '#!/bin/sh\n[ "$1" = info ] || { echo "no such image" >&2; exit 125; }\n')
    said = start_fails(tmp_path / "home")
    assert "no such image" in said
    assert "trying Java" in said


class FakeNeo4j(BaseHTTPRequestHandler):
    """Answers the query that asks whether the server is ready."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"results": [], "errors": []}')


def test_docker_starts_a_container_and_removes_it(programs: Path, tmp_path: Path) -> None:
    said = tmp_path / "said"
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeNeo4j) as fake:
        threading.Thread(target=fake.serve_forever, daemon=True).start()
        program(
            programs,
            "docker",
            f"""#!/bin/sh
echo "$*" >> {said}
case "$1" in
  run) echo "$NEO4J_AUTH" >> {said}; echo c0ffee ;;
  port) echo 127.0.0.1:{fake.server_port} ;;
  inspect) echo true ;;
esac
""",
        )
        started = neo4j_script("start", tmp_path / "home")
        again = neo4j_script("start", tmp_path / "home")
        stopped = neo4j_script("stop", tmp_path / "home")
        fake.shutdown()
    given = dict(line.split("=", 1) for line in shlex.split(started.stdout))
    assert given["NEO4J_URI"] == f"bolt://127.0.0.1:{fake.server_port}"
    assert again.stdout == started.stdout
    assert stopped.returncode == 0
    commands = said.read_text().splitlines()
    assert f"{given['NEO4J_USERNAME']}/{given['NEO4J_PASSWORD']}" in commands
    (run,) = [command for command in commands if command.startswith("run")]
    assert "--publish 127.0.0.1::7687" in run
    assert given["NEO4J_PASSWORD"] not in run
    assert [command for command in commands if "rm" in command.split()] == ["rm --force --volumes c0ffee"]


def test_folder_with_other_things_is_refused_and_kept(programs: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years of work")
    started = neo4j_script("start", tmp_path / "home")
    assert started.returncode == 1
    assert "holds something else" in started.stderr
    assert neo4j_script("stop", tmp_path / "home").returncode == 0
    assert (tmp_path / "home" / "thesis.txt").read_text() == "years of work"


def test_process_that_took_over_the_pid_is_left_alone(programs: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with subprocess.Popen(["/bin/sleep", "60"]) as other:
        state = {"kind": "java", "pid": other.pid, "born": "1", "bolt": 1, "http": 2, "password": "x"}
        (home / "state.json").write_text(json.dumps(state))
        assert neo4j_script("stop", home).returncode == 0
        assert other.poll() is None
        other.kill()
    assert not home.exists()


@pytest.mark.neo4j
def test_given_server_is_passed_on_safe_for_eval(neo4j_server: Neo4jSettings, tmp_path: Path) -> None:
    given = {"KG_TEST_NEO4J_URI": neo4j_server.uri, "KG_TEST_NEO4J_PASSWORD": "it's $HOME; `x`"}
    started = neo4j_script("start", tmp_path / "home", **given)
    lines = [line.partition("=")[0] for line in started.stdout.splitlines()]
    assert lines == ["NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD"]
    shown = subprocess.run(
        ["/bin/sh", "-c", f'{started.stdout}\nprintf "%s" "$NEO4J_PASSWORD"'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == "it's $HOME; `x`"


@pytest.mark.neo4j
def test_starts_once_and_stops(neo4j_server: Neo4jSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KG_TEST_NEO4J_URI", raising=False)
    home = tmp_path / "home"
    first = neo4j_script("start", home)
    if first.returncode:
        pytest.skip(f"only a given server here: {first.stderr}")
    try:
        given = dict(line.split("=", 1) for line in shlex.split(first.stdout))
        settings = Neo4jSettings(given["NEO4J_URI"], given["NEO4J_USERNAME"], given["NEO4J_PASSWORD"])
        assert settings.uri.startswith("bolt://127.0.0.1:")
        assert settings.uri != neo4j_server.uri
        with Neo4jStore(settings) as store:
            assert store.query("RETURN 1 AS one").rows == [(1,)]
        assert neo4j_script("start", home).stdout == first.stdout
    finally:
        assert neo4j_script("stop", home).returncode == 0
    assert not home.exists()
    with pytest.raises(KgError, match="no Neo4j answers there"):
        Neo4jStore(settings)
    with Neo4jStore(neo4j_server) as store:
        assert store.query("RETURN 1 AS one").rows == [(1,)]
    assert neo4j_script("stop", home).returncode == 0
