"""Everything about the package stands in pyproject.toml; here is only that a wheel has the board's page in it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

DASHBOARD = Path(__file__).parent / "dashboard"
WEB, PAGE = DASHBOARD / "web", DASHBOARD / "static" / "index.html"

STEPS = (("ci", "--no-progress", "--loglevel=error"), ("run", "--silent", "build"))

REMEDY = (
    "A wheel of tonewatch holds the board's page, which is built from dashboard/web with Node 20.19 or newer and npm. "
    "Install Node and run this again, or run `make web` first, which brings a Node of its own; "
    "for work in this folder, `pip install --editable .` needs no page."
)


class BuildWithPage(build_py):
    """Builds the page where it is missing; an editable install may come before it."""

    def run(self) -> None:
        if not self.editable_mode and not PAGE.is_file():
            build_page()
        super().run()


def build_page() -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit(f"tonewatch: there is no npm on PATH. {REMEDY}")
    for step in STEPS:
        if subprocess.run([npm, *step], cwd=WEB, check=False).returncode:
            raise SystemExit(f"tonewatch: `npm {' '.join(step)}` failed; what it said stands above. {REMEDY}")
    if not PAGE.is_file():
        raise SystemExit(f"tonewatch: `npm run build` left no {PAGE}. {REMEDY}")


setup(cmdclass={"build_py": BuildWithPage})
