"""The same families on transformers and torch: the yardstick, and an independent check of our conversions.

It opens the hub's layout (config.json, safetensors, tokenizer files), not a converted model, and generates with
transformers' own `generate`. Needs the extra `torch`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from langsupport.engines import guards
from langsupport.engines.prompts import CHAT_FORMATS, requirements, static_prompt
from langsupport.engines.protocols import Translation, TranslationRequest
from langsupport.errors import EngineFailure, ExtraMissing, LangsupportError, ModelDamaged

MAX_NEW_TOKENS = 256

CODES: dict[str, dict[str, str]] = {
    "nllb": {
        "ar": "arb_Arab", "zh": "zho_Hans", "en": "eng_Latn", "fr": "fra_Latn", "ru": "rus_Cyrl", "es": "spa_Latn",
    },
}  # fmt: skip
"""Languages as the tokenizers of the families call them, where not by our codes."""


class ReferenceTranslator:
    """A transformers model as a Translator. `family` is one of marian, m2m100, nllb, madlad, causal.

    Raises:
        ExtraMissing: torch or transformers is not installed.
        ModelDamaged: the folder can't be opened.
    """

    def __init__(self, path: Path, model: str, family: str, device: str = "cpu", beam_size: int = 4) -> None:
        try:
            self._torch: Any = import_module("torch")
            transformers: Any = import_module("transformers")
        except ImportError as error:
            raise ExtraMissing(feature="The reference translator", extra="torch") from error
        self._model, self._family, self._device, self._beam_size = model, family, device, beam_size
        kind = transformers.AutoModelForCausalLM if family == "causal" else transformers.AutoModelForSeq2SeqLM
        try:
            self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(path, local_files_only=True)
            self._network: Any = kind.from_pretrained(path, local_files_only=True).to(device).eval()
        except Exception as error:  # whatever the libraries meet in the files
            raise ModelDamaged(model=model, detail=f"{path.name} can't be opened ({error})") from error

    @property
    def model(self) -> str:
        return self._model

    def cost(self, request: TranslationRequest) -> int:
        return len(self._tokenizer(request.text)["input_ids"])

    def translate(self, requests: Sequence[TranslationRequest]) -> list[Translation]:
        """One batch, requests with a prefix one by one; a text beyond the model's positions is refused,
        since a yardstick should not be bent."""
        if self._network is None:
            raise EngineFailure(model=self._model, detail="it was closed")
        if not requests:
            return []
        run: Callable[[Sequence[TranslationRequest]], list[str]]
        run = self._causal if self._family == "causal" else self._seq2seq
        plain = [request for request in requests if not request.prefix]
        try:
            with self._torch.inference_mode():
                done = iter(run(plain) if plain else [])
                texts = [run([request])[0] if request.prefix else next(done) for request in requests]
        except LangsupportError:
            raise
        except Exception as error:
            raise EngineFailure(model=self._model, detail=f"{type(error).__name__}: {error}") from error
        return [self._made(request, text) for request, text in zip(requests, texts, strict=True)]

    def close(self) -> None:
        self._network = None

    def _made(self, request: TranslationRequest, text: str) -> Translation:
        found = guards.problems(request.text, text, request.source, request.target, request.prefix)
        return Translation(text, self._model, None, None, found)

    def _code(self, language: str) -> str:
        return CODES.get(self._family, {}).get(language, language)

    def _seq2seq(self, requests: Sequence[TranslationRequest]) -> list[str]:
        texts, first, more = [request.text for request in requests], requests[0], {}
        if self._family in {"m2m100", "nllb"}:
            self._tokenizer.src_lang = self._code(first.source)
            code = self._code(first.target)
            marker = f"__{code}__" if self._family == "m2m100" else code
            more["forced_bos_token_id"] = self._tokenizer.convert_tokens_to_ids(marker)
        elif self._family == "madlad":
            texts = [f"<2{first.target}> {text}" for text in texts]
        inputs = self._tokenizer(texts, return_tensors="pt", padding=True).to(self._device)
        limit = getattr(self._network.config, "max_position_embeddings", MAX_NEW_TOKENS)
        if inputs["input_ids"].shape[1] > limit:
            raise EngineFailure(model=self._model, detail=f"a text is longer than its {limit} positions")
        forced = self._forced(first, more)
        done = self._network.generate(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            num_beams=self._beam_size,
            max_new_tokens=min(MAX_NEW_TOKENS, limit - 1),
            **more,
        )
        if first.prefix:
            known = self._tokenizer.decode(forced, skip_special_tokens=True)
            return [first.prefix + self._tokenizer.decode(done[0], skip_special_tokens=True)[len(known) :]]
        return list(self._tokenizer.batch_decode(done, skip_special_tokens=True))

    def _forced(self, request: TranslationRequest, more: dict[str, Any]) -> list[int]:
        """The ids with which the decoder has to begin, added to the options of `generate`; none without a prefix."""
        if not request.prefix:
            return []
        marker = more.pop("forced_bos_token_id", None)
        start = [self._network.config.decoder_start_token_id, *([] if marker is None else [marker])]
        if self._family in {"m2m100", "nllb"}:
            self._tokenizer.tgt_lang = self._code(request.target)
        ids = self._tokenizer(text_target=request.prefix, add_special_tokens=False)["input_ids"]
        more["decoder_input_ids"] = self._torch.tensor([start + ids], device=self._device)
        return start + list(ids)

    def _causal(self, requests: Sequence[TranslationRequest]) -> list[str]:
        chat, first = CHAT_FORMATS["chatml"], requests[0]
        start = static_prompt(chat, first.source, first.target)
        end = chat.turn_end + chat.opening("assistant")
        self._tokenizer.padding_side = "left"
        prompts = [start + requirements(r, 0) + r.text.strip() + end + r.prefix.rstrip() for r in requests]
        inputs = self._tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False).to(self._device)
        done = self._network.generate(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            do_sample=False,
            max_new_tokens=MAX_NEW_TOKENS,
            eos_token_id=self._tokenizer.convert_tokens_to_ids(chat.stop[0]),
        )
        texts = self._tokenizer.batch_decode(done[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        return [guards.behind(r.prefix, text, r.text) for text, r in zip(texts, requests, strict=True)]
