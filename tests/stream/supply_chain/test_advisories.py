"""The check fails when it could check nothing: each way in which that can be is tried."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tonewatch.stream.supply_chain.advisories import NotChecked, advisories
from tonewatch.stream.supply_chain.lock import Locked
from tonewatch.stream.supply_chain.supply_chain_command import supply_chain

PACKAGES = [Locked("PyPI", "jinja2", "2.4.1"), Locked("npm", "preact", "10.0.0")]

Answer = Callable[[dict[str, Any]], tuple[int, bytes]]


@contextmanager
def osv(answer: Answer) -> Iterator[str]:
    """A server that answers as it is told to."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = answer(asked)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def known(asked: dict[str, Any]) -> tuple[int, bytes]:
    """As OSV answers: in the order of the questions, with nothing for what is not known."""
    is_known = [query["package"]["name"] == "jinja2" for query in asked["queries"]]
    return 200, json.dumps({"results": [{"vulns": [{"id": "GHSA-1"}]} if one else {} for one in is_known]}).encode()


def test_what_is_known_is_told_with_its_package() -> None:
    with osv(known) as server:
        assert [str(one) for one in advisories(PACKAGES, server)] == ["jinja2 2.4.1 (PyPI): GHSA-1"]
        assert advisories(PACKAGES[1:], server) == []


def test_a_network_that_is_not_there_is_no_pass(free_port: int) -> None:
    with pytest.raises(NotChecked, match="nothing was checked"):
        advisories(PACKAGES, f"http://127.0.0.1:{free_port}", timeout_s=2)


@pytest.mark.parametrize(
    "answer",
    [
        (500, b""),
        (404, b"{}"),
        (200, b"not found"),
        (200, b"[]"),
        (200, b'{"results":[]}'),
        (200, b'{"results":[1,2]}'),
    ],
)
def test_an_answer_that_says_nothing_is_no_pass(answer: tuple[int, bytes]) -> None:
    with osv(lambda _asked: answer) as server, pytest.raises(NotChecked):
        advisories(PACKAGES, server)


def test_to_ask_about_nothing_is_no_pass() -> None:
    with pytest.raises(NotChecked, match="nothing was checked"):
        advisories([])


def lock(folder: Path) -> str:
    file = folder / "lock.txt"
    file.write_text(f"jinja2==2.4.1 \\\n    --hash=sha256:{'0' * 64}\n")
    return str(file)


def test_the_command_ends_with_1_where_something_is_known(tmp_path: Path) -> None:
    with osv(known) as server:
        done = CliRunner().invoke(supply_chain, ["advisories", "--lock", lock(tmp_path), "--server", server])
    assert done.exit_code == 1 and "GHSA-1" in done.output


def test_the_command_ends_with_2_where_nobody_could_say(tmp_path: Path, free_port: int) -> None:
    arguments = ["advisories", "--lock", lock(tmp_path), "--server", f"http://127.0.0.1:{free_port}"]
    done = CliRunner().invoke(supply_chain, arguments)
    assert isinstance(done.exception, NotChecked) and done.exception.exit_status == 2
