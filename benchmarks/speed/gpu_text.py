"""Models that write text: tokens a second of CTranslate2 and of transformers, and whether both write the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gpu_shapes
from gpu_bench import Bench, Timing, sweep

SOURCE_TOKENS, TARGET_TOKENS = 32, 32
PROMPT_TOKENS, NEW_TOKENS = 100, 48
CHECKED_ROWS = 8


def texts(ids: list[list[int]]) -> list[list[str]]:
    return [[f"t{number}" for number in row] for row in ids]


def translate(engine: Any, rows: list[list[str]]) -> list[list[str]]:
    done = engine.translate_batch(
        rows, beam_size=1, max_decoding_length=TARGET_TOKENS, min_decoding_length=TARGET_TOKENS
    )
    return [result.hypotheses[0] for result in done]


def complete(engine: Any, rows: list[list[str]]) -> list[list[str]]:
    done = engine.generate_batch(
        rows, beam_size=1, max_length=NEW_TOKENS, min_length=NEW_TOKENS, include_prompt_in_result=False
    )
    return [result.sequences[0] for result in done]


def generate(model: Any, ids: list[list[int]], tokens: int) -> Any:
    """transformers' own generate; the new tokens are the last ones of each row."""
    import torch

    rows = torch.tensor(ids, device=model.device)
    pad = 0 if model.config.pad_token_id is None else model.config.pad_token_id
    with torch.inference_mode():
        return model.generate(
            rows, attention_mask=torch.ones_like(rows), num_beams=1, do_sample=False, min_new_tokens=tokens,
            max_new_tokens=tokens, pad_token_id=pad,
        )[:, -tokens:].tolist()  # fmt: skip


@dataclass(frozen=True)
class Writing:
    """A kind of model that writes text."""

    engine: str
    run: Callable[[Any, list[list[str]]], list[list[str]]]
    source: int
    target: int


WRITING = {
    "translation": Writing("Translator", translate, SOURCE_TOKENS, TARGET_TOKENS),
    "causal": Writing("Generator", complete, PROMPT_TOKENS, NEW_TOKENS),
}


def written(bench: Bench, section: str, name: str, wanted: str) -> None:
    """Output tokens a second of CTranslate2."""
    import ctranslate2

    kind, compute_type = WRITING[section], bench.compute_type(wanted)
    if compute_type is None:
        return
    engine = bench.engine(getattr(ctranslate2, kind.engine), name, compute_type)
    rows = texts(gpu_shapes.rows(bench.shapes[name], max(bench.batches[section]), kind.source))
    lengths = {len(row) for row in kind.run(engine, rows[:2])}
    assert lengths == {kind.target}, f"{name} wrote {lengths} tokens instead of {kind.target}"

    def add(batch: int, timing: Timing) -> None:
        bench.results.add(
            section=section, model=name, engine="ctranslate2", type=compute_type, batch=batch,
            tokens_per_s=round(batch * kind.target / timing.median_s, 1), **timing.facts(),
        )  # fmt: skip

    sweep(bench, bench.batches[section], lambda batch: kind.run(engine, rows[:batch]), add)


def written_by_transformers(bench: Bench, section: str, name: str, batches: tuple[int, ...]) -> None:
    """The same of transformers, on the same weights."""
    kind = WRITING[section]
    model = bench.network(name)
    batches = tuple(batch for batch in batches if batch <= max(bench.batches[section]))
    rows = gpu_shapes.rows(bench.shapes[name], max(batches), kind.source)

    def add(batch: int, timing: Timing) -> None:
        bench.results.add(
            section=section, model=name, engine="transformers", type=str(model.dtype).removeprefix("torch."),
            attention=model.config._attn_implementation, batch=batch,
            tokens_per_s=round(batch * kind.target / timing.median_s, 1), **timing.facts(),
        )  # fmt: skip

    sweep(bench, batches, lambda batch: generate(model, rows[:batch], kind.target), add)


def same_tokens(bench: Bench, section: str, name: str) -> None:
    """Whether both write the same tokens in float32: after a row's first difference the rest may differ as well."""
    import ctranslate2

    kind = WRITING[section]
    rows = gpu_shapes.rows(bench.shapes[name], CHECKED_ROWS, kind.source)
    engine = bench.engine(getattr(ctranslate2, kind.engine), name, "float32")
    ours = kind.run(engine, texts(rows))
    del engine
    named = gpu_shapes.token_names(bench.shapes[name])
    model = bench.network(name, float32=True)
    theirs = [[named.get(number, f"t{number}") for number in row] for row in generate(model, rows, kind.target)]
    pairs = [pair for one, other in zip(ours, theirs, strict=True) for pair in zip(one, other, strict=True)]
    bench.results.add(
        section=section, model=name, check="same tokens in float32", rows=CHECKED_ROWS,
        rows_that_differ=sum(one != other for one, other in zip(ours, theirs, strict=True)), tokens=len(pairs),
        tokens_that_differ=sum(one != other for one, other in pairs), distinct_tokens=len({one for one, _ in pairs}),
    )  # fmt: skip
