from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")

from tonewatch.models.reasons.network import BEFORE, Explainer, Shape, left_padded, with_before  # noqa: E402

pytestmark = pytest.mark.train

SHAPE = Shape(symbols=12, width=16, layers=2, heads=2)


@pytest.fixture
def net() -> Explainer:
    torch.manual_seed(0)
    return Explainer(SHAPE).eval()


def test_each_symbol_comes_with_those_before_it_and_zeros_before_the_first() -> None:
    assert with_before(torch.tensor([[5, 6, 7]]))[0].tolist() == [[5, 0, 0], [6, 5, 0], [7, 6, 5]]
    assert with_before(torch.zeros(1, 3, dtype=torch.long)).shape == (1, 3, 1 + BEFORE)


def test_padding_on_the_left_changes_no_logits(net: Explainer) -> None:
    short, long = [3, 4, 5], [1, 2, 3, 4, 5, 6]
    ids, mask = left_padded([short, long])
    batch, _ = net(with_before(ids), mask, net.nothing(2))
    alone, _ = net(with_before(torch.tensor([short])), torch.ones(1, 3, dtype=torch.bool), net.nothing(1))
    torch.testing.assert_close(batch[0, -3:], alone[0])


def test_a_symbol_at_a_time_with_the_past_gives_the_logits_of_the_whole(net: Explainer) -> None:
    ids = with_before(torch.tensor([[3, 4, 5, 6]]))
    mask = torch.ones(1, 4, dtype=torch.bool)
    whole, _ = net(ids, mask, net.nothing(1))
    past = net.nothing(1)
    for end in range(1, 5):
        logits, past = net(ids[:, end - 1 : end], mask[:, :end], past)
        torch.testing.assert_close(logits[:, 0], whole[:, end - 1])


def test_a_later_symbol_does_not_reach_back(net: Explainer) -> None:
    mask = torch.ones(1, 4, dtype=torch.bool)
    one, other = (net(with_before(torch.tensor([[3, 4, 5, last]])), mask, net.nothing(1))[0] for last in (6, 7))
    torch.testing.assert_close(one[:, :3], other[:, :3])
