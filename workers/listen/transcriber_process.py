"""Speech-to-text in a process of its own, at the lowest priority: words take what time is left, and no more.

In a thread of the listener they took it from what comes first. Whisper keeps a core busy for a fifth of the speech that
it hears, and a busy core is shared evenly: on two cores with twenty calls a segment was on the board twenty seconds
late while words of other segments were decoded. A process can be given a priority without one thread of it holding the
interpreter's lock, and one that crashes takes no call with it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Final

import msgspec
import numpy as np

from tonewatch.stream.errors import ModelError, TonewatchError
from tonewatch.stream.messages import ModelRef
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.listen.speech_to_text import Transcriber, Transcript
from tonewatch.workers.listen.whisper import AUTO

NICE: Final = 19
END_S: Final = 2.0
LOAD_S: Final = 300.0
ANSWER_S: Final = 60.0
"""Beside the length of what it hears; it hears in a fifth of that where it has a core, and it comes last of all."""

_RATE_HZ: Final = 16_000
_NAMES: Final = frozenset({"PATH", "HOME", "TMPDIR", "TZ", "LANG", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH"})
_KINDS: Final = ("LC_", "OMP_", "KMP_", "MKL_", "OPENBLAS_", "CT2_", "CUDA_", "NVIDIA_VISIBLE_", "NVIDIA_DRIVER_")
"""Of the environment the child gets what finds and tunes its libraries: none of the listener's settings and secrets."""

_LENGTH: Final = struct.Struct("<I")


class _Answer(msgspec.Struct, frozen=True):
    """Of the child: what was loaded, what was heard, or why not."""

    ref: ModelRef | None = None
    heard: Transcript | None = None
    error: str = ""


class _Asked(msgspec.Struct, frozen=True):
    """To the child, once: what to load."""

    folder: str
    language: str
    threads: int


class TranscriberProcess:
    """As `Transcriber`, whose arguments it takes. `close` when done.

    A child that died is replaced at the next segment; the one that it died of is not heard. One that does not answer
    within `answer_s` and the length of the audio is killed.

    Raises ModelError when there is no model, or no package to run it.
    """

    def __init__(
        self, model_dir: Path | None = None, *, language: str = AUTO, threads: int = 1, answer_s: float = ANSWER_S
    ) -> None:
        self._answer_s = answer_s
        self._asked = _Asked(str(model_dir or ""), language, threads)
        self._child: subprocess.Popen[bytes] | None = None
        self._closing = threading.Event()
        self._using = threading.Lock()
        self.ref = self._begin()

    def understand(self, samples: Samples) -> Transcript:
        """What was said in 16 kHz audio; empty where nothing is sure.

        Raises ModelError when the model fails on it, or its process did.
        """
        with self._using:
            if self._child is None and not self._closing.is_set():
                self._begin()
            within_s = self._answer_s + len(samples) / _RATE_HZ
            answer = self._ask(samples.astype("<f4", copy=False).tobytes(), within_s)
        if answer.heard is None:
            raise ModelError(answer.error)
        return answer.heard

    @property
    def pid(self) -> int | None:
        """Of the child; null while there is none."""
        return None if self._child is None else self._child.pid

    def close(self) -> None:
        """The child ends, whatever it hears; from any thread."""
        self._closing.set()
        if (child := self._child) is not None:
            child.kill()
        # Whoever waits for its answer meets the end of the pipe; the pipes are closed after that.
        with self._using:
            self._lost()

    def _begin(self) -> ModelRef:
        command = [sys.executable, "-P", "-m", __name__]
        # Its standard error is the listener's: what the runtime says is not lost.
        env = environment(os.environ)
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
        answer = self._ask(msgspec.msgpack.encode(self._asked), LOAD_S)
        if answer.ref is None:
            self._lost()
            raise ModelError(answer.error)
        return answer.ref

    def _ask(self, request: bytes, within_s: float) -> _Answer:
        child, hangs = self._child, threading.Event()
        # A broken pipe is told as the end of it: the child is gone.
        with contextlib.suppress(OSError):
            if child is not None and child.stdin is not None and child.stdout is not None:
                with _killed_after(child, within_s, hangs):
                    _put(child.stdin, request)
                    if (answer := _get(child.stdout)) is not None:
                        return msgspec.msgpack.decode(answer, type=_Answer)
        code = self._lost()
        if hangs.is_set():
            raise ModelError(f"the process of speech-to-text gave no answer in {within_s:.0f} s; it is started again")
        raise ModelError(f"the process of speech-to-text ended with {code}; it is started again")

    def _lost(self) -> int | None:
        """Its exit status."""
        child, self._child = self._child, None
        if child is None:
            return None
        if not self._closing.is_set():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(END_S)
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            # What was not sent yet cannot be any more.
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        return child.returncode


def environment(of: Mapping[str, str]) -> dict[str, str]:
    """What the child gets of the listener's environment."""
    return {name: value for name, value in of.items() if name in _NAMES or name.startswith(_KINDS)}


@contextlib.contextmanager
def _killed_after(child: subprocess.Popen[bytes], seconds: float, hangs: threading.Event) -> Iterator[None]:
    """Whoever reads its pipe then meets the end of it."""

    def kill() -> None:
        hangs.set()
        child.kill()

    timer = threading.Timer(seconds, kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _put(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(_LENGTH.pack(len(message)) + message)
    pipe.flush()


def _get(pipe: IO[bytes]) -> bytes | None:
    """Null at the end of the pipe."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (size,) = _LENGTH.unpack(head)
    message = pipe.read(size)
    return message if len(message) == size else None


def _serve() -> None:
    """The child: until the listener closes the pipe, or is gone."""
    # Ctrl-C in a terminal goes to all of it; the listener decides, and closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICE)
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What a library prints must not come between the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    request = _get(asked)
    if request is None:
        return
    wanted = msgspec.msgpack.decode(request, type=_Asked)
    try:
        transcriber = Transcriber(
            Path(wanted.folder) if wanted.folder else None, language=wanted.language, threads=wanted.threads
        )
    except TonewatchError as error:
        _put(answers, msgspec.msgpack.encode(_Answer(error=str(error))))
        return
    _put(answers, msgspec.msgpack.encode(_Answer(ref=transcriber.ref)))
    while (audio := _get(asked)) is not None:
        try:
            answer = _Answer(heard=transcriber.understand(np.frombuffer(audio, dtype="<f4")))
        except ModelError as error:
            answer = _Answer(error=str(error))
        _put(answers, msgspec.msgpack.encode(answer))


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        _serve()
