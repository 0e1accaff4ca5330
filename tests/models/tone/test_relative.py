from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")

from tonewatch.models.corpora import Clip  # noqa: E402
from tonewatch.models.encoder.fitting import Fusion  # noqa: E402
from tonewatch.models.tone.relative import (  # noqa: E402
    Described,
    RelativeEnsemble,
    RelativeRecipe,
    Voices,
    draw_baseline,
    draw_kind,
    draw_training_baseline,
    train_relative,
)
from tonewatch.stream.tone.model.relative_head import VoiceBaseline  # noqa: E402

pytestmark = pytest.mark.train

WORDS = ("neutral", "calm", "angry", "sad", "happy", "neutral")
SIZE = 6
RECIPE = RelativeRecipe(members=2, epochs=30, batch=16, embedding=4, hidden=8, dropout=0.1)


def made_clips(voices: int) -> list[Clip]:
    return [
        Clip(Path("x"), "made", f"s{voice}", "", word, "" if word == "calm" else word, "", "", 1.0, emotion8=word)
        for voice in range(voices)
        for word in WORDS
    ]


CLIPS = made_clips(3)


def made_known(clips: list[Clip], seed: int = 0) -> Described:
    """Statistics that tell a voice loudly and its emotion faintly."""
    rng = np.random.default_rng(seed)
    voices = {name: 3.0 * rng.standard_normal(SIZE) for name in sorted({clip.speaker for clip in clips})}
    words = {name: rng.standard_normal(SIZE) for name in sorted(set(WORDS))}
    one = np.stack([voices[clip.speaker] + words[clip.emotion8] for clip in clips])
    both = torch.from_numpy(one + 0.1 * rng.standard_normal((2, *one.shape))).float()
    return Described(both, torch.full((2, len(clips), 4), 0.25))


def test_a_baseline_is_never_made_of_the_clip_itself_or_of_another_voice() -> None:
    voices, rng = Voices(CLIPS), np.random.default_rng(0)
    for index in range(6, 12):
        assert sorted(voices.others(index, "mixed", rng, 99)) == [one for one in range(6, 12) if one != index]
    assert sorted(voices.others(6, "calm", rng, 99)) == [7, 11]
    assert voices.others(8, "angry", rng, 99).size == 0


def test_a_whole_baseline_is_the_mean_of_all_other_clips_in_all_versions() -> None:
    known = made_known(CLIPS)
    mean, posterior, count = Voices(CLIPS).whole(known, np.array([2]))
    others = [0, 1, 3, 4, 5]
    torch.testing.assert_close(mean[0], known.standard[:, others].mean((0, 1)))
    torch.testing.assert_close(posterior[0], torch.full((4,), 0.25))
    assert count.tolist() == [5.0]


def test_a_voice_with_one_clip_has_no_baseline() -> None:
    alone = CLIPS[:1]
    known = made_known(alone)
    mean, posterior, count = Voices(alone).whole(known, np.array([0]))
    drawn = draw_baseline(Voices(alone), known, np.array([0]), ["mixed"], np.random.default_rng(0), 5)
    for found in ((mean, posterior, count), drawn):
        assert [part[0].tolist() for part in found] == [[0.0] * SIZE, [0.25] * 4, 0.0]


def test_baselines_of_every_kind_are_drawn_as_often_as_the_recipe_says() -> None:
    rng, voices = np.random.default_rng(0), Voices(CLIPS)
    recipe = RelativeRecipe(whole=0.4, mixed=0.3, calm=0.15)
    kinds = [draw_kind(voices, 3, recipe, rng) for _ in range(4000)]
    shares = {kind: kinds.count(kind) / len(kinds) for kind in set(kinds)}
    assert shares["mixed"] == pytest.approx(0.5, abs=0.03)
    assert shares["calm"] == pytest.approx(0.25, abs=0.03)
    assert set(shares) == {"mixed", "calm", "neutral", "angry", "sad", "happy"}


def test_whole_and_partial_baselines_of_a_batch_keep_their_order() -> None:
    known, voices, indices = made_known(CLIPS), Voices(CLIPS), np.arange(12)
    recipe = RelativeRecipe(whole=0.5, fewest=1, most=2)
    mean, _, count = draw_training_baseline(voices, known, indices, recipe, np.random.default_rng(1))
    whole = count == 5.0
    assert 0 < int(whole.sum()) < 12
    wanted, _, _ = voices.whole(known, indices)
    torch.testing.assert_close(mean[whole], wanted[whole])
    assert (count[~whole] <= 2.0).all()


def test_the_monitors_head_answers_like_the_network_it_was_trained_as() -> None:
    known = made_known(CLIPS)
    network = train_relative(CLIPS, known, np.arange(12), RECIPE)
    mean, posterior, count = draw_baseline(Voices(CLIPS), known, np.array([13]), ["mixed"], np.random.default_rng(0), 5)
    own = known.standard[0, 13]
    with torch.no_grad():
        logits = network(own[None], mean, posterior, count)
        embeddings = [network.projection @ x.numpy() for x in (own, mean[0])]
    head = network.head("here", Fusion(2.0, 0.0))
    judged = head.judge(embeddings[0], [0.25] * 4, VoiceBaseline(embeddings[1], posterior[0].numpy(), int(count[0])))
    against, degraded = (logits["emotion"][0] / 2.0).softmax(-1).numpy(), float(logits["degraded"][0].sigmoid())
    np.testing.assert_allclose(judged.posterior, judged.trust * against + (1.0 - judged.trust) * 0.25, atol=1e-5)
    assert judged.degraded == pytest.approx(judged.trust * degraded + (1.0 - judged.trust) * 0.5, abs=1e-5)


def test_emotions_that_only_the_baseline_tells_apart_are_learned_and_carry_over_to_a_new_voice() -> None:
    clips = made_clips(24)
    known = made_known(clips)
    trained = np.arange(20 * len(WORDS))
    network = train_relative(
        clips, known, trained, RelativeRecipe(epochs=60, batch=16, embedding=8, hidden=16, dropout=0.1)
    )
    held_out = np.array([index for index in range(trained.size, len(clips)) if clips[index].emotion4])
    with torch.no_grad():
        logits = network(known.standard[0, held_out], *Voices(clips).whole(known, held_out))["emotion"]
    labels = np.array([clips[index].label for index in held_out])
    assert (logits.argmax(1).numpy() == labels).mean() > 0.8


def test_two_trainings_of_one_seed_are_the_same() -> None:
    known = made_known(CLIPS)
    one, other = (train_relative(CLIPS, known, np.arange(18), RECIPE) for _ in range(2))
    assert isinstance(one, RelativeEnsemble)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
