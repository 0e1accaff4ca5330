"""The figures of `tonewatch bench gpu`: on a GPU where torch finds one, else small ones on the CPU that prove it works.

It needs torch, numpy and this repository, not an installed package:

    python models/gpu/bench.py --json gpu.json

Every row is one measurement. `of_arithmetic` and `of_memory` are shares of what this very device reached in a large
matrix product and in a large copy a moment before: what is far under both waits for something else.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
WEIGHTS = HERE.parent / "weights"
REFERENCE = HERE / "reference.json"
"""What onnxruntime answered for `sound()` on the float32 graph: made by `--write-reference`."""

WHOLE_S = 480.0
"""No row begins after this."""

FRAMES_A_S = 100
PROMPT, REASON = 140, 60
"""Symbols of the small explainer; of the 7B a prompt of ten seconds of speech with its facts, and a reason."""

LARGE_PROMPT, LARGE_REASON = 450, 120


@dataclass(frozen=True)
class Row:
    """One measurement; `value` null where it was not run, and `note` says why."""

    name: str
    unit: str
    value: float | None = None
    batch: int = 0
    seconds: float = 0.0
    precision: str = ""
    of_arithmetic: float | None = None
    of_memory: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Device:
    """`flops` and `bytes_s` that it reached, by precision; `small` asks for sizes that a CPU can do."""

    name: str
    kind: str
    small: bool
    flops: dict[str, float]
    bytes_s: float


def beside(name: str) -> ModuleType:
    """A module of this repository by its file, so that nothing needs to be installed."""
    path = HERE.parent / f"{name}.py"
    key = f"tonewatch_gpu_{name.replace('/', '_')}"
    if key in sys.modules:
        return sys.modules[key]
    spec = importlib.util.spec_from_file_location(key, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[key] = module  # before it runs: dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def seconds_of(run: Callable[[], object], kind: str, least_s: float = 0.5) -> float:
    """Of one run, after one to warm up: as many as take `least_s` together, the device waited for."""
    run()
    _wait(kind)
    times, began = 0, time.perf_counter()
    while times < 3 or time.perf_counter() - began < least_s:
        run()
        times += 1
        _wait(kind)
    return (time.perf_counter() - began) / times


def _wait(kind: str) -> None:
    if kind == "cuda":
        torch.cuda.synchronize()


PRECISIONS = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def find_device(*, small: bool) -> Device:
    """The GPU that torch finds, else the CPU, with the limits that it reaches."""
    kind = "cuda" if torch.cuda.is_available() else "cpu"
    small = small or kind == "cpu"
    name = torch.cuda.get_device_name() if kind == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    size = 512 if small else 8192
    flops = {}
    for precision in ("float32",) if kind == "cpu" else PRECISIONS:
        a = torch.randn(size, size, device=kind, dtype=PRECISIONS[precision])
        flops[precision] = 2 * size**3 / seconds_of(partial(torch.matmul, a, a), kind)
    whole = torch.empty((16 if small else 1024) * 2**20, dtype=torch.uint8, device=kind)
    other = torch.empty_like(whole)
    # A copy reads and writes.
    bytes_s = 2 * whole.numel() / seconds_of(lambda: other.copy_(whole), kind)
    return Device(name, kind, small, flops, bytes_s)


# --- the encoder ------------------------------------------------------------------------------------------------------


def load_encoder(path: Path) -> Any:  # noqa: ANN401
    """The emotion network in torch, with the weights of a shipped graph."""
    network = beside("encoder/network")
    state = beside("gpu/onnx_weights").read_state(path)
    model = network.EmotionNetwork(network.Shape())
    # The graph holds batch normalisation as two constants: the mean, and one over the deviation.
    deviation = 1 / state.pop("head.standardise.scale")
    state["head.standardise.running_mean"] = state.pop("head.standardise.mean")
    state["head.standardise.running_var"] = deviation**2 - 1e-5
    known = model.state_dict()
    found = {name: torch.from_numpy(state[name].copy()) for name in known if name in state}
    missing = known.keys() - found.keys() - {"head.standardise.num_batches_tracked"}
    if missing:
        raise ValueError(f"{path} lacks {sorted(missing)}")
    model.load_state_dict(found, strict=False)
    return model.eval()


def sound(batch: int, seconds: float, seed: int = 1) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """A spectrum of noise as the encoder takes it: mel [batch, 80, frames] and the frames of each."""
    frames = round(seconds * FRAMES_A_S)
    mel = np.random.default_rng(seed).uniform(-1.0, 1.0, (batch, 80, frames)).astype(np.float32)
    return mel, np.full(batch, frames, dtype=np.int64)


def encoder_flops(frames: int) -> float:
    """Of one clip: convolutions, and the linear layers and attention of three layers, 384 wide."""
    half, width = frames / 2, 384
    linear = 12 * width * width * half + 2 * width * half * half
    return 2 * (frames * 3 * 80 * width + half * 3 * width * width + 3 * linear)


def encoder_rows(device: Device) -> Iterator[Row]:
    model = load_encoder(WEIGHTS / "full-fp32.onnx")
    yield agreement(model)
    lengths, batches = ((2.0, 4.0), (1, 4)) if device.small else ((1.0, 2.0, 4.0, 8.0), (1, 8, 32, 128, 512))
    for precision in device.flops:
        own = model.to(device.kind, PRECISIONS[precision])
        for seconds in lengths:
            for batch in batches:
                yield _encoder_row(device, own, batch, seconds, precision)


@torch.inference_mode()
def _encoder_row(device: Device, model: Any, batch: int, seconds: float, precision: str) -> Row:  # noqa: ANN401
    mel, frames = (torch.from_numpy(part).to(device.kind) for part in sound(batch, seconds))
    mel = mel.to(PRECISIONS[precision])
    took_s = seconds_of(lambda: model(mel, frames), device.kind, 0.2)
    weights = sum(p.numel() * p.element_size() for p in model.encoder.parameters())
    return Row(
        "encoder",
        "seconds of speech a second",
        round(batch * seconds / took_s, 1),
        batch,
        seconds,
        precision,
        round(batch * encoder_flops(mel.shape[2]) / took_s / device.flops[precision], 3),
        round((weights + mel.numel() * mel.element_size()) / took_s / device.bytes_s, 4),
    )


@torch.inference_mode()
def agreement(model: Any) -> Row:  # noqa: ANN401
    """The largest difference from the ONNX graph's answers, in logits."""
    name = "encoder, torch against ONNX"
    if not REFERENCE.is_file():
        return Row(name, "logits, the largest difference", note=f"not run: no {REFERENCE.name}")
    wanted = json.loads(REFERENCE.read_text())["emotion"]
    mel, frames = sound(2, 2.0)
    found = model(torch.from_numpy(mel), torch.from_numpy(frames))["emotion"].numpy()
    return Row(name, "logits, the largest difference", float(np.abs(found - np.array(wanted)).max()), 2, 2.0, "float32")


def write_reference() -> None:
    """Ask onnxruntime once; the answers are kept beside this file."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(WEIGHTS / "full-fp32.onnx"), providers=["CPUExecutionProvider"])
    mel, frames = sound(2, 2.0)
    (emotion,) = session.run(["emotion"], {"mel": mel, "frames": frames})
    REFERENCE.write_text(json.dumps({"emotion": emotion.round(6).tolist()}) + "\n")


def onnx_rows(device: Device) -> Iterator[Row]:
    """The same graph as the listener runs it, where a build of onnxruntime is here."""
    name, unit = "encoder, onnxruntime", "seconds of speech a second"
    try:
        import onnxruntime
    except ImportError:
        yield Row(name, unit, note="not run: onnxruntime is not installed")
        return
    providers = onnxruntime.get_available_providers()
    provider = "CUDAExecutionProvider" if device.kind == "cuda" else "CPUExecutionProvider"
    if provider not in providers:
        yield Row(name, unit, note=f"not run: this build has {', '.join(providers)}")
        return
    path = WEIGHTS / ("full-fp16.onnx" if device.kind == "cuda" else "full-int8.onnx")
    session = onnxruntime.InferenceSession(str(path), providers=[provider])
    for batch in (1, 4) if device.small else (1, 32, 128):
        mel, frames = sound(batch, 4.0)
        took_s = seconds_of(partial(session.run, ["emotion"], {"mel": mel, "frames": frames}), "cpu")
        yield Row(name, unit, round(batch * 4.0 / took_s, 1), batch, 4.0, path.stem, note=provider)


# --- reasons ----------------------------------------------------------------------------------------------------------


def reason_rows(device: Device) -> Iterator[Row]:
    """The shipped explainer's network, batched, with a cache of keys and values."""
    network = beside("reasons/network")
    symbols, width = beside("gpu/onnx_weights").initialisers(WEIGHTS / "explainer.onnx")["embedding.half"].shape
    with torch.device(device.kind):
        model = network.Explainer(network.Shape(symbols, width)).eval()
        for batch in (1, 4) if device.small else (1, 16, 64, 256, 1024):
            took_s = seconds_of(partial(_reasons, network, model, batch, device.small), device.kind)
            yield Row(
                "reasons, the shipped explainer", "reasons a second", round(batch / took_s, 1), batch, 0.0, "float32"
            )


@torch.inference_mode()
def _reasons(network: Any, model: Any, batch: int, small: bool) -> None:  # noqa: ANN401
    prompt, count = (40, 8) if small else (PROMPT, REASON)
    ids = torch.ones(batch, prompt, dtype=torch.long)
    past, fresh = model.nothing(batch), network.with_before(ids)
    mask = torch.ones(batch, prompt)
    for _ in range(count):
        logits, past = model(fresh, mask, past)
        ids = torch.cat((ids[:, -network.BEFORE :], logits[:, -1:].argmax(-1)), 1)
        fresh = network.with_before(ids)[:, -1:]
        mask = torch.cat((mask, torch.ones(batch, 1)), 1)


def large_rows(device: Device) -> Iterator[Row]:
    """A model of 7 billion weights, random ones, whole clips at once."""
    decoder = beside("gpu/decoder")
    shape = decoder.TINY if device.small else decoder.SEVEN_BILLION
    precision = "float32" if device.kind == "cpu" else "bfloat16"
    prompt, count = (16, 4) if device.small else (LARGE_PROMPT, LARGE_REASON)
    name = f"clips, a model of {shape.parameters / 1e9:.2g} billion weights"
    torch.set_default_dtype(PRECISIONS[precision])
    try:
        with torch.device(device.kind):
            model = decoder.Decoder(shape).eval()
            for batch in (1, 2) if device.small else (1, 8, 32, 128):
                symbols = torch.ones(batch, prompt, dtype=torch.long)
                took_s = seconds_of(partial(model.generate, symbols, count), device.kind, 0.1)
                flops = 2 * shape.parameters * batch * (prompt + count) / took_s
                weights = count * shape.parameters * PRECISIONS[precision].itemsize / took_s
                yield Row(
                    name,
                    "clips a second",
                    round(batch / took_s, 2),
                    batch,
                    10.0,
                    precision,
                    round(flops / device.flops[precision], 3),
                    round(weights / device.bytes_s, 3),
                )
    finally:
        torch.set_default_dtype(torch.float32)


def vllm_rows(_device: Device) -> Iterator[Row]:
    """Of vLLM only that it is here is told: it takes weights from a hub, and this program has none."""
    here = importlib.util.find_spec("vllm") is not None
    why = "it is installed, but no weights of a model are here" if here else "vLLM is not installed"
    yield Row("clips, vLLM", "clips a second", note=f"not run: {why}")


# --- all of it --------------------------------------------------------------------------------------------------------

PARTS = (encoder_rows, onnx_rows, reason_rows, large_rows, vllm_rows)


def bench(*, small: bool = False, clock: Callable[[], float] = time.monotonic) -> dict[str, Any]:
    """Every row, until WHOLE_S are over; a part that fails is a row that says so, and the others go on."""
    began_s, device = clock(), find_device(small=small)
    rows: list[Row] = []
    for part in PARTS:
        if clock() - began_s > WHOLE_S:
            rows.append(Row(part.__name__, "", note="not run: the time is over"))
            continue
        try:
            for row in part(device):
                rows.append(row)
                print(_line(row), file=sys.stderr, flush=True)  # noqa: T201
                if clock() - began_s > WHOLE_S:
                    rows.append(replace(row, value=None, note="not run: the time is over"))
                    break
        except (RuntimeError, ValueError, OSError) as error:
            rows.append(Row(part.__name__, "", note=f"failed: {type(error).__name__}: {str(error)[:200]}"))
    about = {**asdict(device), "torch": torch.__version__, "seconds": round(clock() - began_s, 1)}
    return {"device": about, "rows": [asdict(row) for row in rows]}


def _line(row: Row) -> str:
    value = row.note if row.value is None else f"{row.value:.6g} {row.unit} {row.note}".rstrip()
    shares = (
        "" if row.of_arithmetic is None else f", {row.of_arithmetic:.1%} of arithmetic, {row.of_memory:.1%} of memory"
    )
    return f"{row.name:48} {row.precision:9} batch {row.batch:4} {row.seconds:4g} s: {value}{shares}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--small", action="store_true", help="sizes that any machine can do")
    parser.add_argument(
        "--write-reference", action="store_true", help="ask onnxruntime for the answers to compare with"
    )
    options = parser.parse_args()
    if options.write_reference:
        write_reference()
    found = json.dumps(bench(small=options.small), indent=1) + "\n"
    if options.json is None:
        sys.stdout.write(found)
    else:
        options.json.write_text(found)


if __name__ == "__main__":
    main()
