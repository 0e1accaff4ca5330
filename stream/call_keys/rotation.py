"""All keys of calls wrapped again by the first of the master keys, so that the one before can be thrown away."""

from __future__ import annotations

from dataclasses import dataclass

from tonewatch.stream.call_keys.key_index import KeyIndex, record_key
from tonewatch.stream.call_keys.key_topic import KeyTopic
from tonewatch.stream.call_keys.master_keys import MasterKeys
from tonewatch.stream.kafka.clients import start
from tonewatch.stream.settings import KafkaSettings


@dataclass(frozen=True)
class Rotated:
    """`rewrapped` keys; `left`: keys that another master key still wraps, by its name (it is not held, or a
    writer had the former file);
    `overwritten`: keys of shredded calls that an erasure which was stopped had left."""

    rewrapped: int
    left: dict[str, int]
    overwritten: int


async def rotate(settings: KafkaSettings, masters: MasterKeys) -> Rotated:
    """
    Raises:
        SettingsError: there is no topic of keys.
        BrokerError: Kafka does not answer.
    """
    index = KeyIndex(masters)
    topic = KeyTopic(settings, index)
    await start(topic, settings)
    try:
        index.unheld()  # Reads the file again, where a key names another master key than it held.
        rewrapped = 0
        for call, key, record in index.rewrapped():
            # Its call may be shredded meanwhile: then the key would come back.
            if index.has_keys(call):
                await topic.write(call, key, record)
                rewrapped += 1
        # A mark that was there before the last of these is known now; of one that comes later, whoever writes it reads
        # what was wrapped here, and overwrites it.
        await topic.caught_up()
        voided = [(call, key_id) for call in index.shredded_with_keys() for key_id in index.voided(call)]
        for call, key_id in voided:
            await topic.write(call, record_key(call, key_id), None)
        left = {name: count for name, count in index.masters().items() if name != masters.current}
        return Rotated(rewrapped, left, len(voided))
    finally:
        await topic.stop()
