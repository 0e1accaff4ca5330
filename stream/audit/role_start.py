"""What each role tells the audit when it begins: with which settings and models it works.

It is told in the background, once, by a producer of its own: no role waits for it, and none stops without it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from aiokafka.errors import KafkaError
from pydantic import SecretStr

from tonewatch.stream.audit.chain import Chain, read_key
from tonewatch.stream.cloud_events import event_headers
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.kafka.clients import make_producer, start, stop
from tonewatch.stream.messages import Access
from tonewatch.stream.service.metrics import Metrics, release
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import AUDIT

WITHIN_S: Final = 30.0
LONGEST_VALUE: Final = 250
HASHED: Final = ("rules", "notify_routes")
"""Settings that name a file which decides what is done: the audit has the hash of what it held."""

log = logging.getLogger(__name__)
_telling: set[asyncio.Task[None]] = set()


def tell_start(settings: KafkaSettings, role: str, metrics: Metrics) -> None:
    """To be called where the role's models are loaded and its loop runs.

    Raises:
        SettingsError: the key of the seals cannot be read.
    """
    chain = Chain(key=read_key(settings.audit_key_file))
    told = Access(
        call_id="",
        access_id=secrets.token_hex(16),
        kind="began",
        acted_at_ms=time.time_ns() // 1_000_000,
        detail=role,
        about={**said_of(settings), **models_of(metrics), "release": release()},
    )
    task = asyncio.create_task(_write(settings, chain, told, metrics))
    _telling.add(task)  # or nobody holds it, and it may be collected before it is done
    task.add_done_callback(_telling.discard)


async def _write(settings: KafkaSettings, chain: Chain, told: Access, metrics: Metrics) -> None:
    producer = make_producer(settings, seals=False)
    try:
        async with asyncio.timeout(WITHIN_S):
            await start(producer, settings, retry_for_s=WITHIN_S)
            headers = event_headers(AUDIT.name, told)
            await producer.send_and_wait(AUDIT.name, chain.link(told), key=chain.writer.encode(), headers=headers)
    except (BrokerError, KafkaError, TimeoutError) as error:
        metrics.audit_lost.inc()
        log.warning("The audit was not told with what this role began", extra={"error": type(error).__name__})
    finally:
        await stop(producer)


def said_of(settings: KafkaSettings) -> dict[str, str]:
    """Settings that differ from their defaults; of secrets that they are set, of addresses no user and password."""
    said = {}
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if value == field.default:
            continue
        said[name] = _shown(value)
        if name in HASHED and value:
            said[f"{name}.sha256"] = _hash_of(Path(str(value)))
    return said


def models_of(metrics: Metrics) -> dict[str, str]:
    """Each model that the role has loaded, as its metric tells: name and version."""
    found = {}
    for family in metrics.model.collect():
        for sample in family.samples:
            labels = sample.labels
            found[f"model.{labels['of']}"] = f"{labels['name']} {labels['version']}"[:LONGEST_VALUE]
    return found


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "set"
    text = str(value)
    if "://" in text:
        parts = urlsplit(text)
        text = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))
    return text[:LONGEST_VALUE]


def _hash_of(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        return f"not readable ({error.strerror})"
