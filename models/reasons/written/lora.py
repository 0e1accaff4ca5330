"""Low-rank adapters on the linear layers of a causal language model in torch (LoRA, arXiv 2106.09685)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

ADAPTED = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""The linear layers of a block, by the names that `transformers` gives them."""


@dataclass(frozen=True)
class LoraShape:
    """`rank` of each adapter, which adds `alpha` / rank times B A x; `top`: how many of the last blocks, 0 for all."""

    rank: int = 16
    alpha: float = 32.0
    top: int = 0


class LoraLinear(nn.Module):
    """A linear layer that is not trained, and beside it A (rank, in) and B (out, rank), which are."""

    def __init__(self, base: nn.Linear, shape: LoraShape) -> None:
        super().__init__()
        self.base = base
        self.scale = shape.alpha / shape.rank
        self.a = nn.Parameter(torch.empty(shape.rank, base.in_features))
        self.b = nn.Parameter(torch.zeros(base.out_features, shape.rank))
        nn.init.kaiming_uniform_(self.a, a=math.sqrt(5))

    def forward(self, x: Tensor) -> Tensor:
        """x (..., in) to (..., out)."""
        plain: Tensor = self.base(x)
        return plain + self.scale * functional.linear(functional.linear(x, self.a), self.b)


def adapt(model: nn.Module, shape: LoraShape) -> None:
    """Freeze the model, and put adapters on the linear layers of its (last) blocks, in place."""
    model.requires_grad_(False)
    blocks = model.get_submodule("model.layers")
    first = len(list(blocks.children())) - shape.top if shape.top else 0
    for block in list(blocks.children())[first:]:
        for name, parent, layer in list(_linear(block)):
            setattr(parent, name, LoraLinear(layer, shape))


def _linear(block: nn.Module) -> Iterator[tuple[str, nn.Module, nn.Linear]]:
    for parent in block.modules():
        for name, layer in parent.named_children():
            if name in ADAPTED and isinstance(layer, nn.Linear):
                yield name, parent, layer


def adapter_parameters(model: nn.Module) -> dict[str, nn.Parameter]:
    """What is trained, by name: `model.layers.0.self_attn.q_proj.a`."""
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def adapter_state(model: nn.Module) -> dict[str, Tensor]:
    return {name: parameter.detach().clone() for name, parameter in adapter_parameters(model).items()}


def load_adapter(model: nn.Module, state: dict[str, Tensor]) -> None:
    """Put a state of `adapter_state` back; names and shapes must be those of the model."""
    found = adapter_parameters(model)
    if set(found) != set(state):
        raise ValueError("the adapter is one of another shape")
    with torch.no_grad():
        for name, parameter in found.items():
            parameter.copy_(state[name])
