"""The schemas into a schema registry, by Confluent's API, for catalogues and governance.

Our records are plain JSON: they do not begin with the number of a schema, and nobody of ours asks a registry. Subjects
are named after the topics (TopicNameStrategy): `<topic>-value`.
https://docs.confluent.io/platform/current/schema-registry/develop/api.html
"""

from __future__ import annotations

import base64
import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec

from tonewatch.stream.errors import DataError, SettingsError
from tonewatch.stream.messages.page import SHOWN
from tonewatch.stream.messages.schema import topic_schema
from tonewatch.stream.topics import CALLS, Topic

CONTENT_TYPE: Final = "application/vnd.schemaregistry.v1+json"
LONGEST_ANSWER: Final = 4_194_304

REGISTERED: Final[tuple[Topic, ...]] = tuple(topic for topic, _use in SHOWN if topic is not CALLS)
"""What integrators meet as JSON; the audio is msgpack, of which a registry knows nothing."""


@dataclass(frozen=True)
class Registered:
    """`id` is the registry's number of the schema; `version` that of the subject."""

    subject: str
    id: int
    version: int


@dataclass(frozen=True)
class Registry:
    """At `url`; `credentials` is user:password, or empty."""

    url: str
    credentials: str = ""
    timeout_s: float = 15.0

    def __post_init__(self) -> None:
        """
        Raises:
            SettingsError: it is no address, or it holds a password.
        """
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise SettingsError(
                "The registry's address begins with https:// or http://, and holds no user: name a file with "
                "user:password in --credentials-file."
            )

    def register(self, topic: Topic) -> Registered:
        """Register the schema of a topic's records; one that is there already keeps its id.

        Raises:
            DataError: the registry refuses it; the text says what it said.
        """
        subject = subject_of(topic)
        schema = {"schemaType": "JSON", "schema": msgspec.json.encode(topic_schema(topic)).decode()}
        path = f"/subjects/{quote(subject, safe='')}"
        made = self._ask("POST", f"{path}/versions", schema)
        found = self._ask("POST", path, schema)
        return Registered(subject, int(made["id"]), int(found["version"]))

    def set_level(self, topic: Topic, level: str) -> None:
        """How the registry holds later versions to earlier ones.

        Raises:
            DataError: it does not know the level.
        """
        self._ask("PUT", f"/config/{quote(subject_of(topic), safe='')}", {"compatibility": level})

    def _ask(self, method: str, path: str, said: dict[str, str]) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.url.rstrip('/')}{path}",
            msgspec.json.encode(said),
            {"Content-Type": CONTENT_TYPE, "Accept": f"{CONTENT_TYPE}, application/json", **self._authorization()},
            method=method,
        )
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=self.timeout_s) as answer:
                return msgspec.json.decode(answer.read(LONGEST_ANSWER), type=dict[str, Any])
        except urllib.error.HTTPError as error:
            with error:
                raise DataError(_refused(path, error.code, error.read(LONGEST_ANSWER))) from error
        except (OSError, http.client.HTTPException, msgspec.DecodeError) as error:
            host = urlsplit(self.url).hostname
            raise DataError(f"No schema registry answers at {host} ({type(error).__name__}).") from error

    def _authorization(self) -> dict[str, str]:
        if not self.credentials:
            return {}
        return {"Authorization": f"Basic {base64.b64encode(self.credentials.encode()).decode()}"}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        """None: credentials go to the address that was named, and to no other."""


def subject_of(topic: Topic) -> str:
    return f"{topic.name}-value"


def _refused(path: str, status: int, body: bytes) -> str:
    try:
        said = str(msgspec.json.decode(body, type=dict[str, Any]).get("message", ""))
    except msgspec.DecodeError:
        said = ""
    text = f"The schema registry refuses {path} with status {status}{f': {said[:500]}' if said else ''}."
    if status != 409:
        return text
    # Our readers ignore what they do not know; registries count a field more in a schema that allows any as a break.
    return (
        f"{text} Registries take a field that was added for a break where others are allowed too; whether the contract "
        "is kept is told by `tonewatch schemas check`. Set the subject's level with --level NONE."
    )
