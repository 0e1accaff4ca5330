"""The private parts of faust, mode and aiokafka that the monitor reaches into are where it reaches.

The three are pinned exactly in pyproject.toml. When a pin is raised, each test that fails here names what has moved,
and which file of stream/monitor relies on it: read that file against the new source before the pin stays raised.
"""

from __future__ import annotations

import inspect
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import faust
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection
from faust.app.base import App
from faust.tables.base import Collection
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport.base import Transport as BaseTransport
from faust.transport.consumer import ThreadDelegateConsumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Producer, Transport
from faust.transport.producer import Producer as BaseProducer
from mode import Service
from mode.utils.queues import FlowControlEvent

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"
SECURITY = "stream/kafka/security.py"
TRANSPORT, TABLE, APP = (f"stream/monitor/{name}.py" for name in ("faust_transport", "call_table", "app"))
TRANSPORT, TABLE, APP, TURNS = (
    f"stream/monitor/{name}.py" for name in ("faust_transport", "call_table", "app", "event_turns")
)

OVERRIDDEN = [
    (FlowControlEvent, "resume", "self", TRANSPORT),
    (Recovery, "_wait", "self, coro, timeout", TRANSPORT),
    (Recovery, "__init__", "self, app, tables, **kwargs", TRANSPORT),
    (Consumer, "on_partitions_revoked", "self, revoked", TRANSPORT),
    (Consumer, "seek_to_committed", "self", TRANSPORT),
    (Consumer, "seek_wait", "self, partitions", TRANSPORT),
    (Consumer, "getmany", "self, timeout", TRANSPORT),
    (Consumer, "earliest_offsets", "self, *partitions", TRANSPORT),
    (Consumer, "_new_consumer_thread", "self", TRANSPORT),
    (AIOKafkaConsumerThread, "_create_worker_consumer", "self, transport", TRANSPORT),
    (AIOKafkaConsumerThread, "_ensure_consumer", "self", TRANSPORT),
    (AIOKafkaConsumerThread, "call_thread", "self, fun, *args, **kwargs", TRANSPORT),
    (AIOKafkaConsumer, "seek", "self, partition, offset", TRANSPORT),
    (Producer, "_settings_extra", "self", TRANSPORT),
    (faust.Table, "__post_init__", "self", TABLE),
    (faust.Table, "send_changelog", "self, partition, key, value, key_serializer, value_serializer", TABLE),
    (faust.Table, "apply_changelog_batch", "self, batch", TABLE),
    (App, "_create_directories", "self", APP),
]
"""Class, method, its parameters, and the file of ours that overrides or calls it."""

CALLED = [
    (FlowControlEvent.resume, "self._suspend.clear()", TRANSPORT),
    (FlowControlEvent.resume, "self._resume.set()", TRANSPORT),
    (FlowControlEvent.resume, "self.clear()", TRANSPORT),
    (FlowControlEvent.acquire, "self._suspend.is_set()", TRANSPORT),
    (Recovery, "await self._wait(", TRANSPORT),
    (Recovery, "raise RebalanceAgain()", TRANSPORT),
    (Recovery._wait, "raise ServiceStopped()", TRANSPORT),
    (Recovery, "table.apply_changelog_batch(", TABLE),
    (TableManager, "if self._recovery is None:", TRANSPORT),
    (ThreadDelegateConsumer, "self._thread = self._new_consumer_thread()", TRANSPORT),
    (AIOKafkaConsumerThread, "self._create_worker_consumer(", TRANSPORT),
    (AIOKafkaConsumer.start, "fetch_max_wait_ms=self._fetch_max_wait_ms", TRANSPORT),
    (Producer, "**self._settings_extra()", TRANSPORT),
    (BaseTransport, "self.Consumer(self", TRANSPORT),
    (BaseTransport, "self.Producer(self", TRANSPORT),
    (Service.__init__, "self.__post_init__()", TABLE),
    (faust.Table.on_key_set, "self.send_changelog(", TABLE),
    (Collection.apply_changelog_batch, "self.data.apply_changelog_batch(", TABLE),
    (App, "self._create_directories()", APP),
    (AIOKafkaClient._get_conn, "sasl_plain_password=self._sasl_plain_password", SECURITY),
    (AIOKafkaClient.bootstrap, "sasl_plain_password=self._sasl_plain_password", SECURITY),
    (AIOKafkaConnection.send, '"Request to %s:%d %d: %s"', SECURITY),
    (BaseProducer.__init__, "self.credentials = conf.broker_credentials", APP),
    (faust.current_event, "_current_event.get(None)", TURNS),
    (Collection.partition_for_key, "event = current_event()", TURNS),
    (Collection.partition_for_key, "return event.message.partition", TURNS),
    (faust.Stream._c_aiter, "do_ack = self.enable_acks", TURNS),
    (faust.Stream._py_aiter, "do_ack = self.enable_acks", TURNS),
    (faust.Stream._py_aiter, "message.generation_id != self.app.consumer_generation_id", TURNS),
    (faust.Stream.ack, "last_stream_to_ack = event.ack()", TURNS),
]
"""A part of their source, what it must say for a part of ours to be asked, and the file that relies on it."""


def releases() -> str:
    return ", ".join(f"{name} {version(name)}" for name in ("aiokafka", "faust-streaming", "mode-streaming"))


@pytest.mark.parametrize(
    ("owner", "name", "parameters", "ours"), OVERRIDDEN, ids=lambda of: getattr(of, "__name__", of)
)
def test_a_method_that_we_override_takes_what_it_took(owner: type, name: str, parameters: str, ours: str) -> None:
    method = getattr(owner, name, None)
    assert method is not None, f"{owner.__name__}.{name} is gone ({releases()}): {ours} overrides or calls it."
    found = ", ".join(_shown(parameter) for parameter in inspect.signature(method).parameters.values())
    assert found == parameters, (
        f"{owner.__name__}.{name} takes ({found}) and took ({parameters}) when {ours} was written ({releases()})."
    )


@pytest.mark.parametrize(("of", "says", "ours"), CALLED, ids=lambda of: getattr(of, "__qualname__", of))
def test_what_calls_it_still_does(of: Any, says: str, ours: str) -> None:
    where = of.__qualname__
    assert says in inspect.getsource(of), (
        f"{where} no longer says `{says}` ({releases()}): what {ours} puts in its place may never be asked."
    )


def test_attributes_that_we_set_are_set_by_them_too() -> None:
    app = faust.App("t", broker="aiokafka://127.0.0.1:1", store="memory://")
    parts: list[tuple[Any, str]] = [
        (app.tables, "_recovery"),
        (FlowControlEvent(), "_suspend"),
        (FlowControlEvent(), "_resume"),
        (Transport, "Consumer"),
        (Transport, "Producer"),
        *((App, name) for name in ("transport", "producer_transport", "flow_control")),
    ]
    gone = [f"{type(of).__name__}.{name}" for of, name in parts if not hasattr(of, name)]
    assert not gone, f"{', '.join(gone)}: gone in {releases()}; {TRANSPORT} sets them."


@pytest.mark.parametrize("package", ["aiokafka", "faust-streaming", "mode-streaming"])
def test_the_installed_release_is_the_one_that_was_read(package: str) -> None:
    listed = tomllib.loads(PYPROJECT.read_text())["project"]["dependencies"]
    pinned = next(line for line in listed if line.startswith(package))
    assert pinned == f"{package}=={version(package)}", f"{package} {version(package)} is installed, {pinned} is pinned."


def _shown(parameter: inspect.Parameter) -> str:
    return str(parameter.replace(annotation=parameter.empty, default=parameter.empty))
