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
            if alert["event"] == "pending" or (alert["event"], alert["decided_by"]) == ("withdrawn", "detector"):
                continue  # it has not fired, or never did: nobody need be told
            at = "{}:{:02d}".format(*divmod(alert["onset_ms"] // 1000, 60))  # as the sentence says it
            print(alert["call_id"], alert["event"], alert["severity"], at, alert["sentence"], flush=True)


asyncio.run(main())
