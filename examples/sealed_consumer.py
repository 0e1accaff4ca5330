"""Reads alerts where each call has a key: `pip install aiokafka cryptography`, and a file of the master keys."""

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import zlib
from pathlib import Path

from aiokafka import AIOKafkaConsumer
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KAFKA = os.environ.get("TONEWATCH_KAFKA", "127.0.0.1:9092")
KEYS, ALERTS = "tonewatch.keys.v1", "tonewatch.alerts.v1"


def masters(path: str) -> dict[str, AESGCM]:
    """By the name under which the topic of keys has them."""
    keys = [base64.b64decode(line) for line in Path(path).read_text().split()]
    return {hashlib.sha256(b"tonewatch master key\0" + key).hexdigest()[:12]: AESGCM(key) for key in keys}


class Keys:
    """The topic of keys, read from its beginning, and further whenever a record names a key that is not known."""

    def __init__(self, path: str) -> None:
        self.masters = masters(path)
        self.ciphers: dict[tuple[bytes, bytes], AESGCM] = {}
        self.shredded: set[bytes] = set()
        self.consumer = AIOKafkaConsumer(KEYS, bootstrap_servers=KAFKA, group_id=None, auto_offset_reset="earliest")

    def apply(self, key: bytes, value: bytes | None) -> None:
        call, _, name = key.rpartition(b"/")
        if name == b"shredded":
            self.shredded.add(call)
        elif not value:
            self.ciphers.pop((call, bytes.fromhex(name.decode())), None)
        else:
            made, key_id = json.loads(value), bytes.fromhex(name.decode())
            wrapped = base64.b64decode(made["wrapped"])
            bound_to = b"\0".join((b"tonewatch call key v1", key_id, call))
            # Whoever may write to the topic can write a key that is none: it takes no other's place.
            with contextlib.suppress(InvalidTag, KeyError, ValueError):
                plain = self.masters[made["master_id"]].decrypt(wrapped[:12], wrapped[12:], bound_to)
                self.ciphers[call, key_id] = AESGCM(plain)

    async def catch_up(self) -> None:
        ends = await self.consumer.end_offsets(self.consumer.assignment())
        while any([await self.consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await self.consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    self.apply(record.key, record.value)

    async def open(self, topic: str, call: bytes, value: bytes) -> bytes | None:
        """What was sealed; None of a call that was erased. A key comes before what is sealed with it."""
        if value[:4] != b"\xc1TW\x01":
            return value  # in the clear
        head, nonce, sealed = value[:13], value[13:25], value[25:]
        if head[4] & 2:
            return None
        if (call, head[5:]) not in self.ciphers:
            await self.catch_up()
        if call in self.shredded:
            return None
        plain = self.ciphers[call, head[5:]].decrypt(nonce, sealed, head + topic.encode() + b"\0" + call)
        return zlib.decompress(plain) if head[4] & 1 else plain


async def main() -> None:
    keys = Keys(os.environ["TONEWATCH_MASTER_KEY_FILE"])
    consumer = AIOKafkaConsumer(ALERTS, bootstrap_servers=KAFKA, group_id="my-service", auto_offset_reset="earliest")
    async with keys.consumer, consumer:
        async for record in consumer:
            value = await keys.open(record.topic, record.key, record.value)
            if value is None:
                print(record.key.decode(), "was erased", flush=True)
            else:
                alert = json.loads(value)
                print(alert["call_id"], alert["event"], alert["severity"], alert["sentence"], flush=True)


asyncio.run(main())
