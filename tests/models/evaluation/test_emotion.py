from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tonewatch.models.corpora import EMOTIONS
from tonewatch.models.evaluation.emotion import UNCERTAIN, Run, describe_sets
from tonewatch.models.evaluation.evaluated_model import ALONE, Descriptions, EvaluatedModel, Reading
from tonewatch.models.evaluation.metrics import Posteriors
from tonewatch.models.evaluation.sets import read_sets
from tonewatch.models.evaluation.sound import Band, Samples
from tonewatch.stream.errors import AudioFileError

from .conftest import MakeManifest


def by_length(pieces: Sequence[Samples], _speaker: str = "") -> Descriptions:
    """Surer of `angry` the longer a piece is."""
    angry = np.array([piece.size / 200_000 for piece in pieces])
    rest = (1.0 - angry) / 3.0
    return np.stack([angry, rest, rest, rest], axis=1)


def evened(rows: Descriptions, voices: Sequence[str]) -> Posteriors:
    """Every clip of a voice that is known gets the same answer."""
    return np.where([[voice != ""] for voice in voices], 0.25, rows)


OWN_BASELINE = Reading("evened", "", True, evened)
MODEL = EvaluatedModel("made", "1", EMOTIONS, by_length, (ALONE, OWN_BASELINE))


def described(*manifests: Path) -> Run:
    return describe_sets(read_sets(manifests, EMOTIONS), MODEL, Band.PHONE)


def test_every_labelled_clip_is_described_once_and_keeps_its_label(make_manifest: MakeManifest) -> None:
    run = described(make_manifest("one"), make_manifest("two", corpus="other"))
    answers = run.read(ALONE)
    assert answers.labels.tolist() == [0, 1, 2, 3] * 4
    assert answers.sets.tolist() == ["made"] * 8 + ["other"] * 8
    assert (answers.seconds > 0.0).all()


def test_a_long_clip_is_the_mean_of_its_pieces(make_manifest: MakeManifest) -> None:
    import soundfile

    from tonewatch.models.shipped import voice_like

    path = make_manifest("one", speakers=1)
    soundfile.write(path.parent / "audio" / "0_angry.flac", np.tile(voice_like(1.0, 140.0), 24), 16_000)
    first, *_ = described(path).clips
    # three pieces of 8 s, all alike
    assert first.description == pytest.approx(by_length([np.zeros(128_000, dtype=np.float32)])[0])


def test_a_model_may_abstain_on_audio_of_good_quality(make_manifest: MakeManifest) -> None:
    uncertain = replace(MODEL, uncertainties=lambda rows: rows[:, 0] < 0.5)
    run = describe_sets(read_sets([make_manifest("one")], EMOTIONS), uncertain, Band.PHONE)
    assert set(run.read(ALONE).abstained.tolist()) == {UNCERTAIN}


def test_clips_that_cannot_be_read_are_listed_and_the_others_described(make_manifest: MakeManifest) -> None:
    row = ["made", "made_0", "male", "anger", "angry", "en", "", 1.0]
    path = make_manifest("one", extra=[["audio/gone.flac", *row], ["audio/empty.flac", *row]])
    (path.parent / "audio" / "empty.flac").touch()
    run = described(path)
    assert len(run.clips) == 8
    assert [(one.manifest, one.path, one.reason) for one in run.unreadable] == [
        ("made", "audio/gone.flac", "no such file"),
        ("made", "audio/empty.flac", "empty file"),
    ]


def test_without_a_readable_clip_the_error_says_why(make_manifest: MakeManifest) -> None:
    path = make_manifest("one")
    for audio in (path.parent / "audio").iterdir():
        audio.unlink()
    with pytest.raises(AudioFileError, match=r"no clip of made could be read, audio/0_angry\.flac: no such file"):
        described(path)


def test_speakers_of_one_name_in_two_corpora_are_two_voices(make_manifest: MakeManifest) -> None:
    run = described(make_manifest("one", speakers=1), make_manifest("two", corpus="other", speakers=1))
    assert set(run.voices) == {"made/made_0", "other/other_0"}


def test_the_reading_that_knows_the_speaker_sees_the_same_clips(make_manifest: MakeManifest) -> None:
    run = described(make_manifest("one"))
    alone, evened_out = run.read(ALONE), run.read(OWN_BASELINE)
    assert evened_out.labels.tolist() == alone.labels.tolist()
    assert evened_out.posteriors.sum(1) == pytest.approx(np.ones(8))
    assert (evened_out.posteriors.max(1) < alone.posteriors.max(1)).all()


def test_another_system_may_answer_about_the_same_clips(make_manifest: MakeManifest) -> None:
    answers = described(make_manifest("one")).answers(np.full((8, 4), 0.25), np.zeros(8))
    assert answers.abstained.tolist() == [""] * 8
    assert answers.speakers.tolist() == ["made_0"] * 4 + ["made_1"] * 4
