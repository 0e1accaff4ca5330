from __future__ import annotations

from pathlib import Path

import pytest

from .tiny_llama import tiny_llama

torch = pytest.importorskip("torch", reason="no torch: pip install 'tonewatch[train]'")
pytest.importorskip("transformers", reason="no transformers: pip install 'tonewatch[train]'")

from tonewatch.models.reasons.written.lm_examples import IGNORED, LmExample, draw, pack  # noqa: E402
from tonewatch.models.reasons.written.lm_sft import LmRecipe, held_out_loss, train  # noqa: E402
from tonewatch.models.reasons.written.lora import LoraShape, adapt, adapter_parameters, adapter_state  # noqa: E402

EXAMPLES = [LmExample(tuple(range(40, 50 + n)), (60 + n, 61, 62, 63)) for n in range(6)]
QUICK = LmRecipe(steps=12, batch=3, rate=2e-2, warm_up=2, every=4, lora=LoraShape(rank=4, alpha=8.0))


def quiet(_: str) -> None:
    pass


def test_only_what_was_written_is_learned() -> None:
    batch = pack(EXAMPLES[:2], padding=7)
    assert batch.labels[0].tolist() == [IGNORED] * 10 + [60, 61, 62, 63, IGNORED]
    assert batch.mask[0].tolist() == [1] * 14 + [0]


def test_a_batch_is_drawn_again_by_its_seed_and_its_rows_are_of_about_one_length() -> None:
    many = [LmExample(tuple(range(n)), (1,)) for n in range(1, 200)]
    one = draw(many, 4, "0/1")
    assert one == draw(many, 4, "0/1")
    lengths = [example.length for example in one]
    assert max(lengths) - min(lengths) < 60


def test_training_lowers_the_loss_and_leaves_the_base_as_it_was(tmp_path: Path) -> None:
    model = tiny_llama()
    before = model.model.layers[0].mlp.up_proj.weight.clone()
    untrained = held_out_loss(model, EXAMPLES, 3, 7)
    train(model, EXAMPLES, EXAMPLES, QUICK, tmp_path, quiet, 7)
    assert held_out_loss(model, EXAMPLES, 3, 7) < 0.8 * untrained
    assert torch.equal(model.model.layers[0].mlp.up_proj.base.weight, before)


def test_a_run_that_was_stopped_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    whole, broken, resumed = tiny_llama(), tiny_llama(), tiny_llama()
    for name in ("whole", "parts"):
        (tmp_path / name).mkdir()
    train(whole, EXAMPLES, [], QUICK, tmp_path / "whole", quiet, 7)

    def stop(told: str) -> None:
        if told.startswith("step 8"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(broken, EXAMPLES, [], QUICK, tmp_path / "parts", stop, 7)
    train(resumed, EXAMPLES, [], QUICK, tmp_path / "parts", quiet, 7)
    for name, tensor in adapter_state(whole).items():
        assert torch.allclose(tensor, adapter_state(resumed)[name], atol=1e-6), name


def test_of_the_last_blocks_only_those_are_trained() -> None:
    model = tiny_llama()
    adapt(model, LoraShape(rank=2, top=1))
    assert {name.split(".")[2] for name in adapter_parameters(model)} == {"1"}
