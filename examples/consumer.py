import asyncio
import json
import os

from aiokafka import AIOKafkaConsumer


async def main() -> None:
    kafka = os.environ.get("TONEWATCH_KAFKA", "127.0.0.1:9092")
    consumer = AIOKafkaConsumer(
        "tonewatch.alerts.v1", bootstrap_servers=kafka, group_id="my-service", auto_offset_reset="earliest"
    )
    async with consumer:
        async for record in consumer:
            alert = json.loads(record.value)
            at = f"{alert['onset_ms'] / 1000:.1f} s"
            print(alert["call_id"], alert["event"], alert["severity"], at, alert["sentence"], flush=True)


asyncio.run(main())
