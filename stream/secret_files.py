"""Secrets that lie in files, as orchestrators mount them."""

from __future__ import annotations

from pathlib import Path

from tonewatch.stream.errors import SettingsError


def read_secret_file(file: str, variable: str) -> str:
    """What the file holds, without the newline at its end.

    Raises:
        SettingsError: it cannot be read, or is empty; the text names the variable.
    """
    try:
        found = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise SettingsError(f"{variable}: {file} cannot be read ({why}).") from error
    if not found:
        raise SettingsError(f"{variable}: {file} is empty.")
    return found
