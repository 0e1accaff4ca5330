from __future__ import annotations

import pytest

from tonewatch.models.packages import need_packages
from tonewatch.stream.errors import DependencyError


def test_only_the_missing_packages_are_named_with_the_command_that_installs_them() -> None:
    need_packages("json")
    with pytest.raises(DependencyError, match=r"^no_such_package missing; run: pip install tonewatch\[train\]"):
        need_packages("json", "no_such_package")
