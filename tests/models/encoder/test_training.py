from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")

from tonewatch.models.corpora import Clip  # noqa: E402
from tonewatch.models.encoder.features import FeatureStore, build_store, sound  # noqa: E402
from tonewatch.models.encoder.network import EmotionNetwork, Shape, SpeechEncoder  # noqa: E402
from tonewatch.models.encoder.training import (  # noqa: E402
    Recipe,
    Trainer,
    Watch,
    batch_size,
    blank,
    epoch_batches,
    item_weights,
    predict,
    train_network,
)
from tonewatch.workers.audio.mel import speech_mel  # noqa: E402

pytestmark = pytest.mark.train

SHAPE = Shape(layers=2, positions=100, hidden=16, dropout=0.1)
RECIPE = Recipe(epochs=4, batch=4)
INDICES = np.arange(8)


def tell_nobody(_line: str) -> None:
    return


def lower_encoder(layers: int) -> SpeechEncoder:
    torch.manual_seed(0)
    return SpeechEncoder(layers, SHAPE.positions, SHAPE.body)


def make_store(clips: list[Clip], layers: int, folder: Path, *, keep_frames: bool = False) -> FeatureStore:
    return build_store(clips, lower_encoder(layers), folder, 2, 0, tell_nobody, keep_frames=keep_frames)


@pytest.fixture(scope="module")
def store(clips: list[Clip], tmp_path_factory: pytest.TempPathFactory) -> FeatureStore:
    return make_store(clips, 2, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def half_store(clips: list[Clip], tmp_path_factory: pytest.TempPathFactory) -> FeatureStore:
    """One layer is frozen, the frames that the second one climbs from are kept."""
    return make_store(clips, 1, tmp_path_factory.mktemp("cache"), keep_frames=True)


def trainer(store: FeatureStore, clips: list[Clip], recipe: Recipe = RECIPE, frozen: int = 2) -> Trainer:
    torch.manual_seed(recipe.seed)
    return Trainer(EmotionNetwork(SHAPE), store, clips, INDICES, recipe, frozen)


def test_rare_emotions_of_a_corpus_count_more() -> None:
    clips = [
        Clip(Path("x"), "made", "s", "male", e, e, "en", "", 1.0) for e in ("angry", "angry", "angry", "angry", "sad")
    ]
    weights = item_weights(clips)
    assert weights.mean() == pytest.approx(1.0)
    assert weights[4] == pytest.approx(2.0 * weights[0])


def test_a_voice_with_many_clips_weighs_less_a_clip_than_one_with_few() -> None:
    clips = [Clip(Path("x"), "made", s, "male", "sad", "sad", "en", "", 1.0) for s in ("a", "a", "a", "a", "b")]
    weights = item_weights(clips)
    assert weights[4] == pytest.approx(2.0 * weights[0])


def test_few_clips_have_small_batches_and_many_the_largest() -> None:
    assert [batch_size(192, clips) for clips in (20, 240, 800, 3_000)] == [32, 32, 100, 192]


def test_batches_hold_every_place_at_most_once_and_are_full() -> None:
    lengths = np.arange(50)
    seen = list(epoch_batches(lengths, 8, np.random.default_rng(0)))
    indices = np.concatenate(seen)
    assert all(batch.size == 8 for batch in seen)
    assert np.unique(indices).size == indices.size >= 40


def test_blanked_frames_become_the_mean_of_their_item_and_padding_stays(half_store: FeatureStore) -> None:
    frames, mask = half_store.batch([0, 8])
    changed = blank(frames, mask, Recipe(masks=2, mask_share=0.5), np.random.default_rng(0))
    touched = (changed != frames).any(-1)
    assert touched.any()
    assert not touched[mask == 0].any()
    means = torch.stack([frames[row, : int(mask[row].sum())].mean(0) for row in range(2)])
    rows = touched.nonzero()[:, 0]
    torch.testing.assert_close(changed[touched], means[rows])


def test_training_lowers_the_loss(store: FeatureStore, clips: list[Clip]) -> None:
    run = trainer(store, clips, Recipe(epochs=12, batch=4))
    losses = [run.run_epoch() for _ in range(12)]
    assert np.mean(losses[-3:]) < 0.7 * losses[0]


@pytest.mark.parametrize("frozen", [1, 2])
def test_a_resumed_run_equals_an_unbroken_one_to_the_bit(
    store: FeatureStore, half_store: FeatureStore, clips: list[Clip], tmp_path: Path, frozen: int
) -> None:
    used, recipe = {1: half_store, 2: store}[frozen], replace(RECIPE, mixup=0.3)
    whole = trainer(used, clips, recipe, frozen)
    whole.run_epoch()
    whole.save(tmp_path / "checkpoint.pt")
    expected = whole.run_epoch()
    resumed = trainer(used, clips, recipe, frozen)
    torch.manual_seed(99)
    resumed.restore(tmp_path / "checkpoint.pt")
    assert resumed.run_epoch() == expected
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name


def test_a_checkpoint_of_another_recipe_is_refused(store: FeatureStore, clips: list[Clip], tmp_path: Path) -> None:
    trainer(store, clips).save(tmp_path / "checkpoint.pt")
    with pytest.raises(ValueError, match="another recipe"):
        trainer(store, clips, Recipe(epochs=5, batch=4)).restore(tmp_path / "checkpoint.pt")


def test_layers_above_the_frozen_ones_are_trained_and_those_below_are_not(
    half_store: FeatureStore, clips: list[Clip]
) -> None:
    run = trainer(half_store, clips, frozen=1)
    before = {name: value.clone() for name, value in run.network.encoder.state_dict().items()}
    run.run_epoch()
    after = run.network.encoder.state_dict()
    changed = {name.split(".")[1] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"1"}


@pytest.mark.parametrize("frozen", [1, 2])
def test_what_is_kept_of_frozen_layers_answers_like_the_whole_network(
    store: FeatureStore, half_store: FeatureStore, clips: list[Clip], frozen: int
) -> None:
    network = EmotionNetwork(SHAPE).eval()
    network.encoder.load_state_dict(lower_encoder(2).state_dict())
    mel = torch.from_numpy(speech_mel(sound(clips[3], 0, 0)))[None]
    with torch.no_grad():
        whole = network(mel, torch.tensor([mel.shape[2]]))
    kept = predict(network, {1: half_store, 2: store}[frozen], np.array([3]), 0, frozen)
    for name, logits in whole.items():
        np.testing.assert_allclose(kept.logits[name][0], logits[0].numpy(), atol=0.02, err_msg=name)


def test_training_stops_when_the_loss_on_held_out_voices_stops_falling_and_keeps_the_best(
    store: FeatureStore, clips: list[Clip], tmp_path: Path
) -> None:
    lines: list[str] = []
    torch.manual_seed(0)
    whisper = lower_encoder(2).state_dict()
    recipe = Recipe(epochs=60, batch=4, learning_rate=0.05, patience=3)
    watch = Watch(INDICES[4:], 1)
    arguments = (whisper, SHAPE, store, clips, INDICES[:4], recipe, 2, tmp_path / "one.pt", lines.append, watch)
    train_network(*arguments)
    epochs = int(torch.load(tmp_path / "one.pt", weights_only=True)["epoch"])
    assert epochs < 60
    assert "on held-out voices" in lines[0]
