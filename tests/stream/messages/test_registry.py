"""The schemas into a registry: a server on loopback that answers as Confluent's API is described, refusals included."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from tonewatch.stream.errors import DataError, SettingsError
from tonewatch.stream.messages.registry import CONTENT_TYPE, REGISTERED, Registry
from tonewatch.stream.messages.schema import topic_schema
from tonewatch.stream.messages.schemas_command import schemas
from tonewatch.stream.topics import ALERTS


@dataclass
class FakeRegistry:
    """One id a schema, one version a subject and schema; a subject's second schema needs the level NONE."""

    credentials: str = ""
    ids: dict[str, int] = field(default_factory=dict)
    versions: dict[str, list[str]] = field(default_factory=dict)
    levels: dict[str, str] = field(default_factory=dict)
    redirect: str = ""
    url: str = ""

    def answer(self, method: str, path: str, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        parts = path.strip("/").split("/")
        match method, parts:
            case "PUT", ["config", subject]:
                if said["compatibility"] not in ("NONE", "BACKWARD", "FULL"):
                    return 422, {"error_code": 42203, "message": "Invalid compatibility level"}
                self.levels[subject] = said["compatibility"]
                return 200, said
            case "POST", ["subjects", subject, "versions"]:
                if said.get("schemaType") != "JSON":
                    return 422, {"error_code": 42201, "message": "Invalid schema type"}
                json.loads(said["schema"])
                known = self.versions.setdefault(subject, [])
                if known and said["schema"] not in known and self.levels.get(subject) != "NONE":
                    return 409, {"error_code": 409, "message": "PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"}
                if said["schema"] not in known:
                    known.append(said["schema"])
                return 200, {"id": self.ids.setdefault(said["schema"], len(self.ids) + 1)}
            case "POST", ["subjects", subject]:
                known = self.versions.get(subject, [])
                if said["schema"] not in known:
                    return 404, {"error_code": 40403, "message": "Schema not found"}
                return 200, {"subject": subject, "version": known.index(said["schema"]) + 1}
        return 404, {"error_code": 404, "message": "HTTP 404 Not Found"}


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    found = FakeRegistry()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            wanted = f"Basic {base64.b64encode(found.credentials.encode()).decode()}" if found.credentials else None
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if found.redirect:
                self.send_response(307)
                self.send_header("Location", found.redirect)
                self.end_headers()
                return
            status, answer = found.answer(self.command, self.path, said)
            if self.headers["Authorization"] != wanted:
                status, answer = 401, {"error_code": 401, "message": "Unauthorized"}
            if self.headers["Content-Type"] != CONTENT_TYPE:
                status, answer = 415, {"error_code": 415, "message": "Unsupported Media Type"}
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = _do  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    server.server_close()


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(schemas, ["register", *arguments])
    return result.exit_code, result.output + str(result.exception or "")


def test_each_json_topic_is_a_subject_and_a_second_time_changes_nothing(registry: FakeRegistry) -> None:
    assert run(registry.url)[0] == 0
    before = json.dumps([registry.ids, registry.versions])
    code, said = run(registry.url + "/")
    assert code == 0 and "tonewatch.alerts.v1-value: version 1, id 1" in said
    assert json.dumps([registry.ids, registry.versions]) == before
    assert registry.versions.keys() == {f"{topic.name}-value" for topic in REGISTERED}
    assert registry.versions["tonewatch.alerts.v1-value"] == [msgspec.json.encode(topic_schema(ALERTS)).decode()]


def test_a_level_that_refuses_is_told_with_what_to_do_and_can_be_set(registry: FakeRegistry) -> None:
    registry.versions["tonewatch.alerts.v1-value"] = ['{"type":"object"}']
    code, said = run(registry.url)
    assert code == 1 and "PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL" in said and "--level NONE" in said
    assert run(registry.url, "--level", "NONE")[0] == 0
    assert "Invalid compatibility level" in run(registry.url, "--level", "SOME")[1]


def test_credentials_come_from_a_file_and_go_nowhere_else(registry: FakeRegistry, tmp_path: Path) -> None:
    registry.credentials = "user:geheim"
    (tmp_path / "c").write_text("user:geheim\n")
    code, said = run(registry.url)
    assert code == 1 and "status 401" in said
    assert run(registry.url, "--credentials-file", str(tmp_path / "c"))[0] == 0
    registry.redirect = "http://127.0.0.1:1/"
    code, said = run(registry.url, "--credentials-file", str(tmp_path / "c"))
    assert code == 1 and "status 307" in said and "geheim" not in said


@pytest.mark.parametrize("url", ["registry:8081", "ftp://x", "https://user:pw@registry"])
def test_an_address_that_is_none_or_holds_a_password_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="--credentials-file") as raised:
        Registry(url)
    assert "pw" not in str(raised.value)


def test_no_registry_is_one_clear_error(free_port: int) -> None:
    with pytest.raises(DataError, match="No schema registry answers"):
        Registry(f"http://127.0.0.1:{free_port}").register(ALERTS)
