"""Which engine the settings name. Each is imported only where it is chosen."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from pathlib import Path
from typing import cast

import msgspec

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.stream.messages import ModelRef
from tonewatch.stream.service.provider import machine_has_gpu, provider_name
from tonewatch.stream.settings import ExplainSettings
from tonewatch.stream.weights import weights_folder
from tonewatch.workers.reasons.engines.engine import Engine
from tonewatch.workers.reasons.engines.engine_compact import CompactEngine, is_compact
from tonewatch.workers.reasons.engines.engine_http import Guided, HttpEngine
from tonewatch.workers.reasons.engines.retry import RetryingEngine
from tonewatch.workers.reasons.prompt import PREFIX

log = logging.getLogger(__name__)


async def make_engine(settings: ExplainSettings) -> Engine | None:
    """The engine that the settings name; None, with a warning, when its weights or its package are not there.

    Raises:
        SettingsError: an address or a model name is missing.
    """
    if settings.llm == "none":
        return None
    try:
        return await load_engine(settings)
    except (DependencyError, ModelError) as error:
        log.warning("No language model: reasons come from the facts alone", extra={"why": str(error)})
        return None


async def load_engine(settings: ExplainSettings) -> Engine:
    """The engine that the settings name.

    Raises:
        DependencyError: its weights or its package are not there.
        ModelError: its weights are broken.
        SettingsError: an address or a model name is missing.
    """
    # Around every engine, so that none needs retries of its own.
    engine = await _engine(settings)
    waiting = settings.llm_queue + settings.llm_parallel
    return RetryingEngine(engine, attempts=settings.llm_attempts, most_waiting=waiting)


async def _engine(settings: ExplainSettings) -> Engine:
    if settings.llm == "http":
        key = settings.llm_key.get_secret_value()
        guided = cast(Guided, settings.llm_guided)
        return HttpEngine(settings.llm_url, settings.llm_model, key=key, guided=guided)
    if settings.llm == "torch":
        from tonewatch.workers.reasons.engines.engine_torch import TorchEngine

        return await TorchEngine.load(settings.llm_model, device=settings.llm_device)
    if settings.llm == "omni":
        from tonewatch.workers.reasons.engines.engine_omni import OmniEngine

        return await OmniEngine.load(settings.llm_model, device=settings.llm_device)
    if settings.llm == "llama":
        return await _llama(settings)
    from tonewatch.workers.reasons.engines.engine_small import SmallEngine
    from tonewatch.workers.reasons.engines.small import FILE

    path = Path(settings.llm_model) if settings.llm_model else weights_folder(settings.weights_folder) / FILE
    return await SmallEngine.load(path, threads=settings.llm_threads, cuda=settings.llm_device == "cuda")


async def _llama(settings: ExplainSettings) -> Engine:
    from tonewatch.workers.reasons.engines.engine_llama import LlamaEngine
    from tonewatch.workers.reasons.engines.model_files import gemma

    if settings.llm_model:
        path, ref = await asyncio.to_thread(_named, Path(settings.llm_model))
    else:
        path, ref = await asyncio.to_thread(gemma)
    adapter = Path(settings.llm_adapter) if settings.llm_adapter else None
    compact = adapter is not None and await asyncio.to_thread(is_compact, adapter)
    # The name tells that these are not the plain weights; an evaluation must not mix them up.
    if adapter is not None:
        ref = ModelRef(name=f"{ref.name}+{adapter.stem}", version=ref.version)
    # LlamaEngine loads no layer onto a GPU.
    ref = msgspec.structs.replace(ref, provider=provider_name(on_gpu=False, has_gpu=machine_has_gpu()))
    engine = await LlamaEngine.load(
        path, ref, threads=settings.llm_threads, parallel=settings.llm_parallel, adapter=adapter
    )
    if compact:
        # Of this form nothing but its first line never changes.
        return CompactEngine(engine)
    await engine.warm(PREFIX)
    return engine


def _named(path: Path) -> tuple[Path, ModelRef]:
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DependencyError(f"TONEWATCH_LLM_MODEL: cannot read {path} ({error.strerror}).") from error
    return path, ModelRef(name=path.stem, version=digest[:12])
