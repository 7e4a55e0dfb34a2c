"""CTranslate2 (what the product runs on) against transformers on torch: output tokens a second, and peak memory.

Models have the published shapes and random weights, since speed and memory do not depend on what a model knows:
`marian` as OPUS-MT (77 M parameters), `qwen2` as Qwen2.5-0.5B-Instruct. Both sides get the same random input tokens and
must write the same number of output tokens, greedily. Each side runs in a process of its own.

    python benchmarks/speed/engines_vs_transformers.py --family marian --batch 16
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common.signature import machine, signature, versions

INPUT_TOKENS = 32
VOCABULARY = {"marian": 59_514, "qwen2": 151_936}


def build(family: str, folder: Path) -> None:
    """The published shape with random weights, in transformers' layout and in CTranslate2's (int8)."""
    import ctranslate2
    import torch
    import transformers
    from ctranslate2.converters import transformers as loaders

    torch.manual_seed(1)
    size = VOCABULARY[family]
    model: Any
    if family == "marian":
        config = transformers.MarianConfig(
            vocab_size=size, d_model=512, encoder_layers=6, decoder_layers=6,
            encoder_ffn_dim=2048, decoder_ffn_dim=2048,
            encoder_attention_heads=8, decoder_attention_heads=8, max_position_embeddings=512, pad_token_id=size - 1,
            eos_token_id=0, decoder_start_token_id=size - 1, activation_function="swish", scale_embedding=True,
            static_position_embeddings=True, forced_eos_token_id=None,
        )  # fmt: skip
        model = transformers.MarianMTModel(config)
        loader: Any = loaders.MarianMTLoader()
    else:
        config = transformers.Qwen2Config(
            vocab_size=size, hidden_size=896, intermediate_size=4864, num_hidden_layers=24, num_attention_heads=14,
            num_key_value_heads=2, max_position_embeddings=4096, tie_word_embeddings=True, use_sliding_window=False,
        )  # fmt: skip
        model = transformers.Qwen2ForCausalLM(config)
        loader = loaders.Qwen2Loader()
    model.eval().save_pretrained(folder / "torch")
    tokens = ["</s>", "<unk>", *(f"t{number}" for number in range(2, size))]
    spec = loader.get_model_spec(model)
    if family == "marian":
        spec.register_source_vocabulary(tokens[:-1])  # the loader leaves the padding token out
        spec.register_target_vocabulary(tokens[:-1])
        spec.config.decoder_start_token = "</s>"
    else:
        spec.register_vocabulary(tokens)
    spec.config.eos_token, spec.config.unk_token, spec.config.bos_token = "</s>", "<unk>", "</s>"
    spec.config.layer_norm_epsilon = getattr(config, "rms_norm_eps", None)
    spec.validate()
    spec.optimize(quantization="int8")
    (folder / "ct2").mkdir()
    spec.save(str(folder / "ct2"))
    print(f"built {family} for CTranslate2 {ctranslate2.__version__}", file=sys.stderr)


def inputs(family: str, batch: int) -> list[list[int]]:
    """Random token ids."""
    source = random.Random(3)
    return [[source.randrange(2, VOCABULARY[family] - 1) for _ in range(INPUT_TOKENS)] for _ in range(batch)]


def run_ct2(family: str, folder: Path, batch: int, tokens: int, threads: int) -> float:
    import ctranslate2

    rows = [[f"t{number}" for number in row] for row in inputs(family, batch)]
    engine: Any
    if family == "marian":
        engine = ctranslate2.Translator(str(folder / "ct2"), compute_type="int8", intra_threads=threads)
        run = lambda: engine.translate_batch(  # noqa: E731
            rows, beam_size=1, max_decoding_length=tokens, min_decoding_length=tokens
        )
    else:
        engine = ctranslate2.Generator(str(folder / "ct2"), compute_type="int8", intra_threads=threads)
        run = lambda: engine.generate_batch(  # noqa: E731
            rows, sampling_topk=1, max_length=tokens, min_length=tokens, include_prompt_in_result=False
        )
    return timed(run)


def run_torch(family: str, folder: Path, batch: int, tokens: int, threads: int) -> float:
    import torch
    import transformers

    torch.set_num_threads(threads)
    kind = transformers.AutoModelForSeq2SeqLM if family == "marian" else transformers.AutoModelForCausalLM
    model: Any = kind.from_pretrained(folder / "torch").eval()
    rows = torch.tensor(inputs(family, batch))
    settings = {"num_beams": 1, "do_sample": False, "min_new_tokens": tokens, "max_new_tokens": tokens}
    with torch.inference_mode():
        return timed(lambda: model.generate(rows, attention_mask=torch.ones_like(rows), **settings))


def timed(run: Any) -> float:
    """Seconds of the second of two runs; the first warms up."""
    run()
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


SIDES = {"ctranslate2 int8": run_ct2, "transformers float32": run_torch}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--family", choices=VOCABULARY, default="marian")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=32, help="output tokens of each row")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--side", choices=["build", *SIDES], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side == "build":
        build(given.family, given.folder)
        return
    if given.side:
        seconds = SIDES[given.side](given.family, given.folder, given.batch, given.tokens, given.threads)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
        print(json.dumps({"seconds": seconds, "peak_mib": peak}))
        return
    shared = [sys.executable, __file__, *sys.argv[1:]]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*shared, "--side", "build", "--folder", folder], check=True)
        print(f"{'engine':22} {'tokens/s':>9} {'peak MiB':>9}")
        for side in SIDES:
            done = subprocess.run(
                [*shared, "--side", side, "--folder", folder], check=True, capture_output=True, text=True
            )
            row = json.loads(done.stdout.strip().splitlines()[-1])
            print(f"{side:22} {given.batch * given.tokens / row['seconds']:9.0f} {row['peak_mib']:9.0f}")
    facts = {"family": given.family, "weights": "random", "batch": given.batch, "in": INPUT_TOKENS, "out": given.tokens}
    print(signature(**facts, device=f"cpu-{machine()}", **versions("ctranslate2", "transformers", "torch")))


if __name__ == "__main__":
    main()
