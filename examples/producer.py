import asyncio
import os
import sys
import time

import msgspec
import soundfile
from aiokafka import AIOKafkaProducer

CALL, ROLES = f"call-{time.time_ns()}", ("customer", "agent")  # who is on which channel of the file


async def main(path: str) -> None:
    kafka = os.environ.get("TONEWATCH_KAFKA", "127.0.0.1:9092")
    file = soundfile.SoundFile(path)
    rate = file.samplerate
    if file.channels != len(ROLES) or rate not in (8000, 16000, 32000, 48000):
        sys.exit(f"{path}: {file.channels} channels at {rate} Hz; wanted are 2, at 8000, 16000, 32000 or 48000 Hz")
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:

        async def send(kind: str, **fields: object) -> None:
            record = {"type": kind, "v": 1, "call_id": CALL, **fields}
            await producer.send("tonewatch.calls.v1", msgspec.msgpack.encode(record), key=CALL.encode())

        audio = {"codec": "pcm16", "rate_hz": rate, "notice_given": True}  # if the caller was told
        await send("call_started", roles=ROLES, notice_given=True, started_at_ms=time.time_ns() // 1_000_000)
        seq = 0
        while len(frames := file.read(rate // 5, dtype="int16")):  # 200 ms
            await asyncio.sleep(0.2)  # as it would be spoken
            for channel, role in enumerate(ROLES):
                pcm = frames[:, channel].astype("<i2").tobytes()
                await send("audio_chunk", channel=channel, role=role, seq=seq, start_ms=200 * seq, payload=pcm, **audio)
            seq += 1
        await send("call_ended", duration_ms=200 * seq, ended_at_ms=time.time_ns() // 1_000_000)


asyncio.run(main(sys.argv[1]))
