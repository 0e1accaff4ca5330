"""The page that documents every field of every message that an integrator meets: `stream/messages/README.md`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from tonewatch.stream.messages.meanings import meaning
from tonewatch.stream.messages.schema import Schema, topic_schema
from tonewatch.stream.topics import (
    ALERT_ACTIONS,
    ALERTS,
    AUDIT,
    CALLS,
    MOMENTS,
    RATIONALES,
    SEGMENTS,
    TONE,
    VERDICTS,
    Topic,
)

PAGE: Final = Path(__file__).with_name("README.md")

SHOWN: Final[tuple[tuple[Topic, str], ...]] = (
    (ALERTS, "Read it for each alert as it is raised, deepened, explained, acted on and resolved."),
    (TONE, "Read it for the caller's rolling tone, and for what the call does."),
    (RATIONALES, "Read it for why, in words that were checked."),
    (SEGMENTS, "Read it for what was measured and said, stretch by stretch."),
    (MOMENTS, "Read it for the points of a call that get a rationale."),
    (CALLS, "Write a call's audio to it: a CallStarted, AudioChunks, a CallEnded. This topic is msgpack."),
    (ALERT_ACTIONS, "Write to it what somebody does with an alert."),
    (AUDIT, "Read it for who looked, listened, acted and exported at the board, and who signed in."),
    (VERDICTS, "Read it for what people who heard a moment say of it."),
)
"""What an integrator reads or writes, the likeliest first; all other topics are between our own processes."""

_HEAD: Final = """\
# The messages

Every topic but one is JSON (UTF-8), compressed with gzip, which any Kafka client reads as it is installed.
`tonewatch.calls.v1`, the audio, is msgpack, compressed with zstd (to read it in Python: `pip install
"aiokafka[zstd]"`); records in any compression may be written to it. The key of every record is the call's id (of the
audit's its writer), so the records of a call, or of a writer, come in order. `..._at_ms` is wall clock in milliseconds
since 1970, any other `..._ms` is media time: milliseconds of the call's audio from its beginning. Why a segment is not
judged, word by word: [ARCHITECTURE.md](../../ARCHITECTURE.md).

## What every reader must do

1. **Count a record once.** Delivery is at least once: after a crash a record can come again, also with another offset.
   An event of an alert is known by `alert_id` and `seq` (drop a `seq` that is not above the last one of its alert), a
   segment and its tone by `segment_id`, words by their `segment_id`, a moment and its rationale by `moment_id`, a
   `CallState` and a `Silence` by nothing: the newest of a call is all that counts.
2. **Commit after the work**, never before it: an offset that was committed is not read again.
3. **Ignore what you do not know**: fields, words of a list (an `event`, a `cause`), a `type`. They are added without a
   new version.
4. **Refuse a `v` that you do not know**, and stop there or set the record aside: a new version means that something is
   no longer what it was.
5. **Do without what has a default here**: it may be missing in a record of an earlier release, or of one that keeps
   its records for long.
6. Expect no order between calls or topics, and a wall clock that is now and then wrong.
7. **Where each call has a key** (`TONEWATCH_CALL_KEYS=on`), a value that begins with the bytes C1 54 57 01 is sealed.
   To read it: [call_keys/README.md](../call_keys/README.md). Of a call that was erased, leave it out.

## Versions

Within `v1` of a topic fields and words are only added, each field with a default; none is removed, renamed, moved or
given another type, unit or meaning. Anything else is a new version of the topic (`tonewatch.alerts.v2`) that is written
beside the old one for a release at least, and `v` in its records. The name of a topic, its key and the ids above are
part of the contract, the number of partitions and the offsets are not. `tonewatch schemas check FOLDER` holds a release
to the schemas of another one, and the tests hold each commit to those that are committed. Readers are updated before
writers: [rolling_upgrade.md](../../k8s/operations/rolling_upgrade.md).

## The life of an alert

`event` tells what happened, `state` how the alert stands since:

| state | means | tell somebody? |
|---|---|---|
| `pending` | the condition holds, and not yet for long or surely enough; its `severity` may be `act` already | no |
| `firing` | it has fired | yes: at `fired`, and `reopened` |
| `confirmed` | the explainer looked at it and agrees; at `changed`, under another rule | no more than a change |
| `withdrawn` | the explainer disagrees, and `sentence` says why | that it is over |
| | `decided_by` is `detector`: a pending one came to nothing | no |
| `resolved` | it is over: `resolved_by` | that it is over |

`sentence` is the newest reason that the alert itself carries: at first an argument from the facts, at `confirmed`,
`changed` and `withdrawn` the `text` of the onset's [Rationale](#rationale-type-is-rationale). What it advises is left
out once the alert is over. Later rationales with the same `alert_id` (`update`, `recovery`) are newer than it; the
board shows the newest `text`, and `sentence` until there is one.

## CloudEvents

Every event that Tonewatch writes has CloudEvents 1.0 headers in binary mode, which routers use and others may ignore:
`ce_specversion` (`1.0`), `ce_type` (`tonewatch.alert.v1`), `ce_source` (`/tonewatch.alerts.v1`), `ce_id`,
`ce_partitionkey` (the call's id), `ce_dataschema`, `content-type`, and `ce_time` where the message tells when it was
written (a `call_state` does not). Source and id name an event: a second delivery has the same. The audio has none.

## For machines, and to start from

Readers and writers to start from: [examples/](../../examples/README.md). For machines: [asyncapi.json](asyncapi.json)
is all of this as an AsyncAPI 3 document, [schemas/](schemas) a JSON Schema a topic; `tonewatch schemas export FOLDER`
writes both, `tonewatch schemas check FOLDER` tells whether a release keeps the contract of another one's, `tonewatch
schemas register URL` puts them into a schema registry (Confluent's API). How long a
topic keeps its records: `tonewatch topics list`. A Kafka with users and rights: [SECURITY.md](../kafka/SECURITY.md).
`python -P -m tonewatch.stream.messages.schema` writes this page.
"""


def text() -> str:
    """The whole page: the messages topic by topic, then the parts that they are made of."""
    sections, parts = [_HEAD], dict[str, Schema]()
    for topic, use in SHOWN:
        known: dict[str, Schema] = topic_schema(topic)["$defs"]
        sections.append(f"## {topic.name}\n\n{use}\n")
        sections += [_message(name, of) for name, of in known.items() if "type" in of["properties"]]
        parts |= {name: of for name, of in known.items() if "type" not in of["properties"]}
    sections.append("## Parts of messages\n")
    sections += [f"### {name}\n\n{_table(name, of)}" for name, of in sorted(parts.items())]
    return "\n".join(sections)


def _message(name: str, of: Schema) -> str:
    return f"### {name} (`type` is `{of['properties']['type']['enum'][0]}`)\n\n{_table(name, of)}"


def _table(name: str, of: Schema) -> str:
    about = of.get("description", "").partition("\n\n")[0].replace("\n", " ")
    rows = "".join(_row(name, field, kind, field in of["required"]) for field, kind in of["properties"].items())
    return f"{about}\n\n| field | type | default | meaning |\n|---|---|---|---|\n{rows}"


def _row(struct: str, field: str, kind: Schema, required: bool) -> str:
    default = "" if required else f"`{_json(kind['default'])}`" if "default" in kind else ""
    return f"| `{field}` | {_kind(kind)} | {default} | {meaning(struct, field)} |\n"


def _json(default: object) -> str:
    # The default of a part is that of each of its fields, which stand in its own table.
    return "{}" if isinstance(default, dict) else msgspec.json.encode(default).decode()


def _kind(kind: Schema) -> str:
    if "anyOf" in kind:
        return " or ".join(_kind(each) for each in kind["anyOf"])
    if "$ref" in kind:
        name = kind["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in kind:
        return ", ".join(f"`{msgspec.json.encode(value).decode()}`" for value in kind["enum"])
    if kind["type"] == "array":
        return f"list of {_kind(kind['items'])}"
    if kind["type"] == "object" and "additionalProperties" in kind:
        return f"object of {_kind(kind['additionalProperties'])}"
    return "base64" if kind.get("contentEncoding") == "base64" else str(kind["type"])
