"""The package of the messages: one module a noun, every name of them in the package itself."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest

from tonewatch.stream import messages

NAMES = [
    module.name for module in pkgutil.iter_modules(messages.__path__) if module.name != "schema"
]  # holds no message
MODULES = [importlib.import_module(f"{messages.__name__}.{name}") for name in NAMES]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_class_of_a_module_is_exported_by_the_package(module: ModuleType) -> None:
    own = {name for name, it in vars(module).items() if getattr(it, "__module__", "") == module.__name__}
    assert own
    assert own <= set(messages.__all__)


def test_what_the_package_exports_is_there() -> None:
    assert [name for name in messages.__all__ if not hasattr(messages, name)] == []
