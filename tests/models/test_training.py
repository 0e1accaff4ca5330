from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")

from tonewatch.models.corpora import EMOTIONS, Clip  # noqa: E402
from tonewatch.models.features import FeatureStore, build_store  # noqa: E402
from tonewatch.models.network import EmotionNetwork, Shape, SpeechEncoder  # noqa: E402
from tonewatch.models.shipped import voice_like  # noqa: E402
from tonewatch.models.training import Recipe, Trainer, epoch_batches, item_weights, pool_store, predict  # noqa: E402

pytestmark = pytest.mark.train

SHAPE = Shape(layers=2, positions=100, hidden=16, dropout=0.1)
RECIPE = Recipe(epochs=4, batch=4, stride=1)
PLACES = np.arange(8)


def tell_nobody(_line: str) -> None:
    return


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    folder = tmp_path_factory.mktemp("clips")
    made = []
    for number in range(8):
        emotion = EMOTIONS[number % 4]
        path = folder / f"{number}.flac"
        soundfile.write(path, voice_like(1.0, 90.0 + 60.0 * (number % 4), seed=number), 16_000)
        made.append(Clip(path, "made", f"s{number}", "male", emotion, emotion, "en", "", 1.0))
    return made


def lower_encoder(layers: int) -> SpeechEncoder:
    torch.manual_seed(0)
    return SpeechEncoder(layers, SHAPE.positions)


@pytest.fixture(scope="module")
def store(clips: list[Clip], tmp_path_factory: pytest.TempPathFactory) -> FeatureStore:
    return build_store(clips, lower_encoder(2), tmp_path_factory.mktemp("cache"), 2, 0, tell_nobody)


def trainer(store: FeatureStore, clips: list[Clip], recipe: Recipe = RECIPE) -> Trainer:
    torch.manual_seed(recipe.seed)
    return Trainer(EmotionNetwork(SHAPE), store, clips, PLACES, recipe)


def test_the_store_is_read_back_and_equals_a_fresh_pass(clips: list[Clip], tmp_path: Path) -> None:
    first = build_store(clips, lower_encoder(2), tmp_path, 2, 0, tell_nobody)
    lines: list[str] = []
    again = build_store(clips, lower_encoder(2), tmp_path, 2, 0, lines.append)
    assert lines == []
    np.testing.assert_array_equal(first.data, again.data)
    assert (again.versions, again.clips, again.data.shape[0]) == (2, 8, 2)


def test_a_batch_is_padded_and_says_so(store: FeatureStore) -> None:
    outputs, mask = store.batch([0, 8])
    assert len(outputs) == 2
    assert mask.sum(1).tolist() == store.lengths[[0, 8]].tolist()
    assert outputs[0][mask == 0].abs().sum() == 0.0
    _, sparse = store.batch([0], stride=2)
    assert sparse.sum() == -(-int(store.lengths[0]) // 2)


def test_items_count_the_same_for_every_emotion_of_a_corpus() -> None:
    clips = [
        Clip(Path("x"), "made", "s", "male", e, e, "en", "", 1.0) for e in ("angry", "angry", "angry", "angry", "sad")
    ]
    weights = item_weights(clips)
    assert weights.mean() == pytest.approx(1.0)
    assert weights[4] == pytest.approx(2.0 * weights[0])


def test_batches_hold_every_place_at_most_once_and_are_full() -> None:
    lengths = np.arange(50)
    seen = list(epoch_batches(lengths, 8, np.random.default_rng(0)))
    places = np.concatenate(seen)
    assert all(batch.size == 8 for batch in seen)
    assert np.unique(places).size == places.size >= 40


def test_statistics_computed_once_answer_like_the_network(store: FeatureStore, clips: list[Clip]) -> None:
    network = EmotionNetwork(SHAPE).eval()
    pooled = pool_store(network, store)
    assert pooled is not None
    assert pooled.shape == (16, 2 * 384 * 2)
    by_statistics = predict(network, store, PLACES, 1, pooled)
    np.testing.assert_allclose(by_statistics, predict(network, store, PLACES, 1), atol=1e-5)


def test_statistics_are_not_kept_where_training_changes_them(store: FeatureStore) -> None:
    assert pool_store(EmotionNetwork(Shape(layers=2, positions=100, attention=8)), store) is None
    assert pool_store(EmotionNetwork(Shape(layers=3, positions=100)), store) is None


def test_training_lowers_the_loss(store: FeatureStore, clips: list[Clip]) -> None:
    run = trainer(store, clips, Recipe(epochs=12, batch=4, stride=1))
    losses = [run.run_epoch() for _ in range(12)]
    assert np.mean(losses[-3:]) < 0.7 * losses[0]


def test_a_resumed_run_equals_an_unbroken_one_to_the_bit(
    store: FeatureStore, clips: list[Clip], tmp_path: Path
) -> None:
    whole = trainer(store, clips)
    whole.run_epoch()
    whole.save(tmp_path / "checkpoint.pt")
    expected = whole.run_epoch()
    resumed = trainer(store, clips)
    torch.manual_seed(99)
    resumed.restore(tmp_path / "checkpoint.pt")
    assert resumed.run_epoch() == expected
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name


def test_a_checkpoint_of_another_recipe_is_refused(store: FeatureStore, clips: list[Clip], tmp_path: Path) -> None:
    trainer(store, clips).save(tmp_path / "checkpoint.pt")
    with pytest.raises(ValueError, match="another recipe"):
        trainer(store, clips, Recipe(epochs=5, batch=4)).restore(tmp_path / "checkpoint.pt")


def test_layers_above_the_frozen_ones_are_trained_and_those_below_are_not(clips: list[Clip], tmp_path: Path) -> None:
    store = build_store(clips, lower_encoder(1), tmp_path, 2, 0, tell_nobody)
    run = trainer(store, clips)
    before = {name: value.clone() for name, value in run.network.encoder.state_dict().items()}
    run.run_epoch()
    after = run.network.encoder.state_dict()
    changed = {name.split(".")[1] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"1"}


def test_cached_features_answer_like_the_whole_network(store: FeatureStore, clips: list[Clip]) -> None:
    from tonewatch.models.features import sound
    from tonewatch.workers.mel import speech_mel

    network = EmotionNetwork(SHAPE).eval()
    network.encoder.load_state_dict(lower_encoder(2).state_dict())
    mel = torch.from_numpy(speech_mel(sound(clips[3], 0, 0)))[None]
    with torch.no_grad():
        whole = network(mel, torch.tensor([mel.shape[2]]))[0].numpy()
    np.testing.assert_allclose(predict(network, store, np.array([3]), 0)[0], whole, atol=0.02)
