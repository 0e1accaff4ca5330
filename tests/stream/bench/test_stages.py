from __future__ import annotations

import msgspec

from tonewatch.stream.bench.load import Recording, record
from tonewatch.stream.bench.stages import LEAST_S, Material, Stage, Stopwatch, find_stages, measure
from tonewatch.stream.demo.truth import default_folder, find_calls
from tonewatch.stream.messages import AudioChunk, CallEnded

CALL = Recording("bill", (CallEnded(call_id="r", ended_at_ms=0, duration_ms=10_000),))


class Clock:
    """CPU time that moves by what a stage works."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def works(self, seconds: float) -> None:
        self.now_s += seconds


def test_a_stage_costs_milliseconds_a_second_of_call_and_so_many_times_its_floor() -> None:
    clock = Clock()
    material = Material([CALL], speech_s=4.0)
    stages = [
        Stage("prosody", lambda: clock.works(0.08), lambda: clock.works(0.02), "its transforms"),
        Stage("spectra", lambda: clock.works(0.02), within="prosody"),
        Stage("quality", lambda: clock.works(0.02)),
        Stage("words", None, note="not run: no model"),
        Stage("encoder of 2 s", lambda: clock.works(0.1), within="encoder", speech_s=2.0),
    ]
    prosody, spectra, quality, words, encoder = measure(stages, material, 3, Stopwatch(clock))
    assert (prosody.ms_per_call_second, prosody.ms_per_speech_second, prosody.share) == (8.0, 20.0, 0.8)
    assert (prosody.over_floor, prosody.floor_ms_per_call_second) == (4.0, 2.0)
    assert (spectra.share, quality.share) == (None, 0.2)
    assert (words.ms_per_call_second, words.note) == (None, "not run: no model")
    assert (encoder.ms_per_speech_second, encoder.ms_per_call_second) == (50.0, None)


def test_a_short_stage_is_run_until_it_can_be_timed() -> None:
    clock, runs = Clock(), [0]

    def short() -> None:
        runs[0] += 1
        clock.works(LEAST_S / 10)

    assert abs(Stopwatch(clock).seconds(short) - LEAST_S / 10) < 1e-9
    assert runs == [11]


async def test_every_stage_and_floor_of_every_folder_runs_in_the_order_of_the_path() -> None:
    demo = find_calls(default_folder())
    (whole,) = await record(msgspec.structs.replace(demo, files=demo.files[:1]))
    first = [m for m in whole.messages if not isinstance(m, AudioChunk) or m.start_ms < 12_000]
    material = Material([Recording(whole.stem, tuple(first))])
    stages = find_stages(material)
    for stage in stages:
        for run in (stage.run, stage.floor):
            if run is not None and "words" not in stage.name:
                run()
    names = [stage.name for stage in stages]
    wanted = ["records read", "monitor step", "fan-out, once for all clients", "reasons, by the model"]
    assert [name for name in names if name in wanted] == wanted
    assert material.segments and material.events and 0 < material.speech_s < 12
    assert {stage.within for stage in stages} - {"", "encoder", "words"} <= set(names)
