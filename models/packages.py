"""The packages of the `train` extra, asked for before any work is done."""

from __future__ import annotations

import importlib.util

from tonewatch.stream.errors import DependencyError


def need_packages(*names: str) -> None:
    """DependencyError naming the install command when one of the training packages is missing."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise DependencyError(
            f"{', '.join(missing)} missing; run: pip install tonewatch[train] (in a checkout: make test EXTRAS=train)"
        )
