"""Everything about the package stands in pyproject.toml; here is only a check that a wheel is whole."""

from __future__ import annotations

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

PAGE = Path(__file__).parent / "dashboard" / "static" / "index.html"


class CheckedBuild(build_py):
    """Refuses to build a wheel that lacks the board's page; an editable install may come before it."""

    def run(self) -> None:
        if not self.editable_mode and not PAGE.is_file():
            raise SystemExit(
                "tonewatch: the board's page is not built, and a wheel without it would have no board. "
                "Run `make web` first (or `npm ci && npm run build` in dashboard/web)."
            )
        super().run()


setup(cmdclass={"build_py": CheckedBuild})
