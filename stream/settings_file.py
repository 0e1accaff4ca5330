"""The text of a file that an operator writes: rules, routes."""

from __future__ import annotations

from pathlib import Path

from tonewatch.stream.errors import SettingsError


def file_text(path: Path, what: str) -> str:
    """The file's text; `what` it holds stands in the error.

    Raises:
        SettingsError: it cannot be read, or is not text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"cannot read the {what} {path}: {error.strerror}; name a file that is there") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not text in UTF-8; save it as such") from error
