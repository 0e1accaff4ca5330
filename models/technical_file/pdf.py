"""HTML to PDF by a Chromium, where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TIMEOUT_S = 300.0


def browser() -> str | None:
    """TONEWATCH_CHROMIUM, or the first browser on PATH."""
    named = os.environ.get("TONEWATCH_CHROMIUM")
    return shutil.which(named) if named else next((p for p in map(shutil.which, BROWSERS) if p), None)


def print_pdf(page: Path, out: Path, program: str, *, timeout_s: float = TIMEOUT_S) -> str:
    """Why there is no PDF, or ''."""
    with tempfile.TemporaryDirectory() as profile:
        command = [
            program, "--headless", "--disable-gpu", "--no-sandbox", "--disable-background-networking",
            f"--user-data-dir={profile}", "--no-pdf-header-footer",
            f"--print-to-pdf={out.resolve()}", page.resolve().as_uri(),
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, timeout=timeout_s, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{program} did not print it ({type(error).__name__})"
    if done.returncode or not out.is_file() or not out.read_bytes().startswith(b"%PDF"):
        return f"{program} did not print it (exit status {done.returncode})"
    return ""
