"""What must be there before anything is started; each missing thing is one line that says what to do."""

from __future__ import annotations

import socket
from importlib import resources
from pathlib import Path

from tonewatch.stream.errors import DependencyError, SettingsError
from tonewatch.stream.local.servers import HOST
from tonewatch.stream.settings import LLM_ENGINES
from tonewatch.stream.weights import weights_folder


def check_llm(llm: str) -> None:
    """Raises SettingsError when there is no such way to a language model."""
    if llm not in LLM_ENGINES:
        raise SettingsError(f"--llm {llm}: choose from {', '.join(LLM_ENGINES)}.")


def check_port(port: int) -> None:
    """Raises SettingsError when the board could not listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise SettingsError(
                f"Port {port} of {HOST} cannot be used for the board ({error.strerror}). "
                "Stop what listens there, or choose another one with --port."
            ) from error


def made_folder(folder: Path) -> Path:
    """The folder, absolute, made where it is not there.

    Raises:
        SettingsError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"--keep {folder}: cannot be made ({error.strerror}). Name another folder.") from error
    return folder.resolve()


def check_files(weights: str = "full") -> None:
    """`weights`: the set that will listen (TONEWATCH_WEIGHTS).

    Raises DependencyError when the board was not built or the encoder's weights are missing.
    """
    needed = (("tonewatch.dashboard", "static/index.html", "The board's page was not built", "Build it with make web"),)
    for package, path, what, remedy in needed:
        file = resources.files(package).joinpath(path)
        if not file.is_file():
            raise DependencyError(f"{what}: no {path} in {package}. {remedy}.")
    encoder = f"{weights}-int8.onnx"
    if not (weights_folder() / encoder).is_file():
        raise DependencyError(
            f"The speech encoder's weights are missing: no {encoder} in {weights_folder()}. "
            "Fetch the repository again, or train them with tonewatch train."
        )
