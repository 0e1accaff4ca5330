from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tonewatch.models.corpora import read_manifest
from tonewatch.models.degradation.script import Kind
from tonewatch.models.degradation.stitch import Planned, choose_agent, make, plan, stitch
from tonewatch.models.degradation.truth import Made
from tonewatch.models.degradation.voices import Mood, Studio, Voice, find_voices
from tonewatch.workers.audio.quality import clipped_share

CLIPS = [
    (speaker, emotion, emotion, loudness)
    for speaker in ("anna", "bert")
    for emotion, loudness in (("neutral", 0.1), ("angry", 0.2))
    for _ in range(6)
]


@pytest.fixture
def voices(manifest: Callable[..., Path]) -> list[Voice]:
    return find_voices(read_manifest(manifest(CLIPS)))


def made(voices: list[Voice], kind: Kind, folder: Path, seed: int = 0) -> tuple[Made, Path]:
    folder.mkdir(exist_ok=True)
    planned, _ = plan(voices[:1], [kind], 1)
    (truth,) = stitch(planned, voices, folder, seed)
    return truth, folder / truth.file


def test_a_call_is_mu_law_at_8_khz_with_the_caller_first(voices: list[Voice], tmp_path: Path) -> None:
    truth, path = made(voices, Kind.ESCALATE, tmp_path)
    info = soundfile.info(path)
    assert (info.samplerate, info.channels, info.subtype) == (8_000, 2, "ULAW")
    assert info.frames / 8_000 == pytest.approx(truth.duration_s, abs=0.001)
    assert (truth.speaker, truth.corpus, truth.agent_speaker) == ("anna", "made", "bert")


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not(voices: list[Voice], tmp_path: Path) -> None:
    _, first = made(voices, Kind.NOISY, tmp_path / "a")
    _, again = made(voices, Kind.NOISY, tmp_path / "b")
    _, other = made(voices, Kind.NOISY, tmp_path / "c", seed=1)
    assert first.read_bytes() == again.read_bytes() != other.read_bytes()


def test_the_callers_channel_gets_loud_where_the_truth_says_so(voices: list[Voice], tmp_path: Path) -> None:
    truth, path = made(voices, Kind.ESCALATE, tmp_path)
    caller = soundfile.read(path)[0][:, 0]

    def level(turns: list[tuple[float, float]]) -> float:
        samples = np.concatenate([caller[int(8_000 * start) : int(8_000 * end)] for start, end in turns])
        return float(10 * np.log10(np.mean(samples**2)))

    assert truth.onset_s is not None
    mine = [(turn.start_s, turn.end_s, turn.start_s >= truth.onset_s) for turn in truth.turns if turn.channel == 0]
    louder_db = level([m[:2] for m in mine if m[2]]) - level([m[:2] for m in mine if not m[2]])
    assert louder_db == pytest.approx(6.0, abs=1.5)


def test_between_turns_there_is_the_floor_of_a_line_and_nothing_else(voices: list[Voice], tmp_path: Path) -> None:
    truth, path = made(voices, Kind.STEADY, tmp_path)
    tail = soundfile.read(path)[0][int(8_000 * (truth.turns[-1].end_s + 0.2)) :]
    assert 1e-5 < np.sqrt(np.mean(tail**2)) < 3e-3


def test_a_voice_without_the_moods_is_left_out_and_named(voices: list[Voice]) -> None:
    planned, left_out = plan(voices, [Kind.STEADY, Kind.SAD], 2)
    assert [one.file for one in planned[:2]] == ["anna-steady.wav", "anna-steady-2.wav"]
    assert [(one.voice.speaker, one.kind, one.moods) for one in left_out] == [
        ("anna", Kind.SAD, (Mood.SAD,)),
        ("bert", Kind.SAD, (Mood.SAD,)),
    ]


def test_the_agent_is_somebody_else_of_the_same_corpus_where_there_is_one(voices: list[Voice]) -> None:
    far = Voice("carl", "other", voices[0].clips)
    rng = np.random.default_rng(0)
    assert {
        agent.speaker for agent, _ in (choose_agent(voices[0], [*voices, far], rng) for _ in range(9)) if agent
    } == {"bert"}
    assert choose_agent(voices[0], [voices[0], far], rng)[0] == far
    assert choose_agent(voices[0], voices[:1], rng)[0] is None


def test_a_noisy_call_says_what_was_done_to_it(voices: list[Voice]) -> None:
    told = {make(Planned(voices[0], Kind.NOISY, n), voices, Studio(), 0)[1].noise for n in range(6)}
    assert any("street" in one for one in told)
    assert any("packets lost" in one for one in told)


def test_a_shouted_call_is_the_same_call_over_a_line_that_overloads(voices: list[Voice], tmp_path: Path) -> None:
    planned, _ = plan(voices[:1], [Kind.ESCALATE], 1)
    truth, plain = made(voices, Kind.ESCALATE, tmp_path / "plain")
    (tmp_path / "shouted").mkdir()
    (shouted,) = stitch(planned, voices, tmp_path / "shouted", 0, shouted=True)
    assert shouted == truth
    before, after = (soundfile.read(folder / truth.file)[0] for folder in (plain.parent, tmp_path / "shouted"))
    np.testing.assert_array_equal(before[:, 1], after[:, 1])
    assert clipped_share(before[:, 0].astype(np.float32)) == 0.0
    onset = int(8_000 * (truth.onset_s or 0.0))
    assert clipped_share(after[onset:, 0].astype(np.float32)) > 0.0
