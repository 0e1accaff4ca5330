from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")

from tonewatch.models.encoder.network import WIDTHS, Body, EmotionHead, EmotionNetwork, Shape, SpeechEncoder  # noqa: E402

pytestmark = pytest.mark.train

BODY = Body(width=128, bands=20)
SHAPE = Shape(body=BODY, layers=2, positions=50, hidden=16, heads=tuple(WIDTHS))


@pytest.fixture(scope="module")
def encoder() -> SpeechEncoder:
    torch.manual_seed(0)
    return SpeechEncoder(2, 50, BODY).eval()


def test_an_item_in_a_padded_batch_equals_the_item_alone(encoder: SpeechEncoder) -> None:
    mel = torch.randn(2, BODY.bands, 80)
    frames = torch.tensor([80, 40])
    with torch.no_grad():
        outputs, mask = encoder(mel, frames)
        alone, own = encoder(mel[1:, :, :40], frames[1:])
    assert mask.sum(1).tolist() == [40.0, 20.0]
    torch.testing.assert_close(
        EmotionHead.pool(outputs, mask)[1], EmotionHead.pool(alone, own)[0], atol=1e-4, rtol=1e-4
    )


def test_statistics_are_mean_and_deviation_of_each_layer_over_the_frames_with_audio() -> None:
    frames = torch.randn(1, 6, BODY.width)
    mask = torch.tensor([[1.0, 1.0, 1.0, 1.0, 0.0, 0.0]])
    normal = torch.nn.functional.layer_norm(frames, (BODY.width,))[0, :4]
    pooled = EmotionHead.pool([frames], mask)[0]
    torch.testing.assert_close(pooled[: BODY.width], normal.mean(0))
    torch.testing.assert_close(pooled[BODY.width :], (normal.var(0, unbiased=False) + 1e-5).sqrt())


def test_every_head_answers_with_its_width_and_the_distance_grows_with_the_statistics() -> None:
    network = EmotionNetwork(SHAPE)
    size = 2 * BODY.width * SHAPE.layers
    answers = network.answers(torch.stack([torch.zeros(size), torch.full((size,), 3.0)]))
    assert {name: logits.shape for name, logits in answers.logits.items()} == {n: (2, w) for n, w in WIDTHS.items()}
    # Fresh batch normalisation has mean 0 and variance 1, so the distance is the mean square.
    np.testing.assert_allclose(answers.distance, [0.0, 9.0], atol=1e-3)


def test_a_whisper_of_any_size_has_heads_of_one_width() -> None:
    assert [Body(width).heads for width in (384, 512, 1280)] == [6, 8, 20]
