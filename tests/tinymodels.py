"""Tiny real models of every family, built by the tests in the hub's own layout.

Each builder writes into the folder it is given and returns it. Weights come from fixed seeds; the translation
models are trained for a few seconds until they know `SENTENCES` by heart, so that what they say can be read,
ends by itself and depends on the source and target languages. They know nothing else.

    marian(folder, source="en", target="fr")   Helsinki-NLP/opus-mt-*
    m2m100(folder)                             facebook/m2m100_*
    nllb(folder)                               facebook/nllb-200-*
    madlad(folder)                             google/madlad400-* (T5)
    qwen2(folder)                              Qwen/Qwen2-* (transformers' layout, to compare with)
    qwen2_gguf(folder, "F32" | "F16" | "Q8_0") the same weights as model.gguf
    whisper(folder)                            Systran/faster-whisper-* (CTranslate2's layout; random weights)

`installed(root, models)` installs some of them (ids: see MODELS) through the real store and returns it.
"""

from __future__ import annotations

import functools
import itertools
import json
import random
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece
import torch
import transformers

from langsupport.engines.gguf_tokenizer import build_tokenizer
from langsupport.engines.store import ModelStore
from langsupport.training.compact import Shape, build_model
from langsupport.training.export import save_hub
from langsupport.training.vocabulary import EOS, PAD, Vocabulary, train_vocabulary

torch.set_num_threads(1)  # such small matrices gain nothing from more

SENTENCES = {
    "en": ["The meeting is open.", "We thank the Chair.", "The report was adopted.", "See document TD 123."],
    "fr": ["La séance est ouverte.", "Nous remercions le président.", "Le rapport est adopté.", "Voir le TD 123."],
    "es": ["Se abre la reunión.", "Agradecemos al Presidente.", "Se aprobó el informe.", "Véase el documento TD 123."],
    "ru": ["Заседание открыто.", "Благодарим председателя.", "Отчёт принят.", "См. документ TD 123."],
    "zh": ["会议开始。", "我们感谢主席。", "报告已通过。", "见文件 TD 123。"],
    "ar": ["افتتح الاجتماع.", "نشكر الرئيس.", "اعتمد التقرير.", "انظر الوثيقة TD 123."],
}  # fmt: skip
"""Sentence n of one language is the translation of sentence n of another."""

NLLB_CODES = {
    "ar": "arb_Arab", "zh": "zho_Hans", "en": "eng_Latn", "fr": "fra_Latn", "ru": "rus_Cyrl", "es": "spa_Latn",
}  # fmt: skip

PIECES = 300
KNOWN = 0.03
"""Mean loss of a token, in nats, at which the sentences are known by heart."""
SIZE = {"d_model": 64, "heads": 4, "layers": 2, "ffn": 128}


_built: dict[tuple[Any, ...], Path] = {}


WORDS = {
    "The": "Le", "meeting": "séance", "is": "est", "open": "ouverte", "We": "Nous", "thank": "remercions",
    "Chair": "président", "report": "rapport", "was": "la", "adopted": "adopté", "See": "Voir", "document": "TD",
}  # fmt: skip
"""Of SENTENCES, so that the vocabularies have them."""


def learnable(seed: int) -> list[tuple[str, str]]:
    """Three words in a row and their French ones: nothing that a tiny model knows, and easily learned. 1,320 pairs."""
    triples = list(itertools.permutations(WORDS, 3))
    random.Random(seed).shuffle(triples)
    return [(" ".join(row), " ".join(WORDS[word] for word in row)) for row in triples]


def _once(build: Callable[..., Path]) -> Callable[..., Path]:
    """Each model is built once in a test session and copied afterwards."""

    @functools.wraps(build)
    def wrapper(folder: Path, *options: Any) -> Path:
        known = _built.get((build, *options))
        if known is not None and known.is_dir():
            return Path(shutil.copytree(known, folder, dirs_exist_ok=True))
        _built[build, *options] = build(folder, *options)
        return folder

    return wrapper


@_once
def marian(folder: Path, source: str = "en", target: str = "fr") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    pieces: dict[str, None] = {"</s>": None, "<unk>": None}
    for name, language in (("source", source), ("target", target)):
        _sentencepiece(folder / f"{name}.spm", SENTENCES[language], 60)
        pieces.update(dict.fromkeys(_pieces(folder / f"{name}.spm")))
    pieces["<pad>"] = None
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"source_lang": source, "target_lang": target, "tokenizer_class": "MarianTokenizer"}),
        encoding="utf-8",
    )
    pad = vocabulary["<pad>"]
    config = transformers.MarianConfig(
        **_bart_size(len(vocabulary)),
        pad_token_id=pad,
        eos_token_id=vocabulary["</s>"],
        decoder_start_token_id=pad,
        forced_eos_token_id=vocabulary["</s>"],
        static_position_embeddings=True,
        scale_embedding=True,
        max_position_embeddings=128,
        activation_function="swish",
    )
    model = _seeded(transformers.MarianMTModel, config)
    tokenizer = transformers.MarianTokenizer.from_pretrained(folder)
    examples = [
        (tokenizer(a)["input_ids"], tokenizer(text_target=b)["input_ids"])
        for a, b in zip(SENTENCES[source], SENTENCES[target], strict=True)
    ]
    _learn(model, examples, pad, start=pad, steps=120)
    model.generation_config.bad_words_ids = None
    model.save_pretrained(folder)
    return folder


@_once
def m2m100(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    _sentencepiece(folder / "sentencepiece.bpe.model", _all_sentences(), PIECES, kind="bpe")
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *_pieces(folder / "sentencepiece.bpe.model")[3:]]
    vocabulary = {piece: index for index, piece in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "M2M100Tokenizer", "num_madeup_words": 8}), encoding="utf-8"
    )
    tokenizer = transformers.M2M100Tokenizer.from_pretrained(folder)
    languages = list(tokenizer.lang_token_to_id)
    (folder / "special_tokens_map.json").write_text(
        json.dumps({"additional_special_tokens": languages, "eos_token": "</s>", "pad_token": "<pad>"}),
        encoding="utf-8",
    )
    model = _m2m100_model(len(vocabulary) + len(languages) + 8)
    examples = []
    for source, target in _directions():
        tokenizer.src_lang, tokenizer.tgt_lang = source, target
        examples += [
            (tokenizer(a)["input_ids"], tokenizer(text_target=b)["input_ids"]) for a, b in _pairs(source, target)
        ]
    _learn(model, examples, pad=1, start=2, steps=150, forced=1)
    model.save_pretrained(folder)
    return folder


@_once
def compact(folder: Path) -> Path:
    """As langsupport trains them, but with the loop of the other models here."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces = folder / "pieces.model"
    train_vocabulary(SENTENCES, pieces, 2 * PIECES, sample=1000)
    vocabulary = Vocabulary(pieces)
    torch.manual_seed(20)
    shape = Shape(encoder_layers=2, decoder_layers=1, width=64, heads=4, inner=128, positions=128, dropout=0.0)
    model = build_model(shape, len(vocabulary))
    examples = [
        ([vocabulary.language_id(target), *source_ids, EOS], [*target_ids, EOS])
        for source, target in _directions()
        for a, b in _pairs(source, target)
        for source_ids, target_ids in [vocabulary.encode([a, b])]
    ]
    _learn(model, examples, pad=PAD, start=EOS, steps=300)
    save_hub(model, pieces, folder)
    return folder


@_once
def nllb(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    _sentencepiece(folder / "sentencepiece.bpe.model", _all_sentences(), PIECES, kind="bpe")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "NllbTokenizer", "src_lang": "eng_Latn"}), encoding="utf-8"
    )
    from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

    special = {"additional_special_tokens": FAIRSEQ_LANGUAGE_CODES, "mask_token": "<mask>"}
    (folder / "special_tokens_map.json").write_text(json.dumps(special), encoding="utf-8")
    tokenizer = transformers.NllbTokenizer.from_pretrained(folder, extra_special_tokens=FAIRSEQ_LANGUAGE_CODES)
    tokenizer.save_pretrained(folder)
    model = _m2m100_model(len(tokenizer) + 2)
    model.config.model_type = "m2m_100"
    examples = []
    for source, target in _directions():
        tokenizer.src_lang = NLLB_CODES[source]
        inputs = [tokenizer(a)["input_ids"] for a in SENTENCES[source]]
        tokenizer.src_lang = NLLB_CODES[target]
        examples += list(zip(inputs, (tokenizer(b)["input_ids"] for b in SENTENCES[target]), strict=True))
    _learn(model, examples, pad=1, start=2, steps=150, forced=1)
    model.save_pretrained(folder)
    return folder


@_once
def madlad(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    markers = [f"<2{language}>" for language in SENTENCES]
    _sentencepiece(
        folder / "spiece.model", _all_sentences(), PIECES, symbols=markers,
        ids={"unk_id": 0, "bos_id": 1, "eos_id": 2, "pad_id": -1},
    )  # fmt: skip
    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / "spiece.model"))
    _unigram_tokenizer(processor).save(str(folder / "tokenizer.json"))
    special = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<s>"}
    (folder / "special_tokens_map.json").write_text(json.dumps(special), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps(special | {"tokenizer_class": "T5Tokenizer", "extra_ids": 0, "legacy": False}), encoding="utf-8"
    )
    config = transformers.T5Config(
        vocab_size=processor.get_piece_size(),
        d_model=SIZE["d_model"],
        d_kv=SIZE["d_model"] // SIZE["heads"],
        d_ff=SIZE["ffn"],
        num_layers=SIZE["layers"],
        num_decoder_layers=SIZE["layers"],
        num_heads=SIZE["heads"],
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        initializer_range=0.1,  # attention has to matter
        dropout_rate=0.0,
        pad_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=0,
    )
    model = _seeded(transformers.T5ForConditionalGeneration, config)
    examples = [
        ([*processor.encode(f"<2{target}> {a}"), 2], [*processor.encode(b), 2])
        for source, target in _directions()
        for a, b in _pairs(source, target)
    ]
    _learn(model, examples, pad=1, start=0, steps=300)
    model.save_pretrained(folder)
    return folder


def _unigram_tokenizer(processor: Any) -> Any:
    """tokenizer.json as MADLAD-400's repository has it: the sentencepiece model's own pieces and scores."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

    size = processor.get_piece_size()
    pieces = [(processor.id_to_piece(index), processor.get_score(index)) for index in range(size)]
    backend = Tokenizer(models.Unigram(pieces, unk_id=0))
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.decoder = decoders.Metaspace()
    backend.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 2)])
    return backend


WHISPER_LANGUAGES = 99
WHISPER_TEXT_TOKENS = 50257
"""Before the special tokens; the last is empty, by which CTranslate2 tells a multilingual Whisper."""


@_once
def whisper(folder: Path) -> Path:
    """Random weights: it hears nothing sensible, but loads, detects a language and decodes like the real ones."""
    from ctranslate2.converters.transformers import TransformersConverter

    original = folder.parent / f"{folder.name}-original"
    original.mkdir(parents=True, exist_ok=True)
    backend = _whisper_tokenizer()
    specials = [token for token in backend.get_vocab() if token.startswith("<|")]
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend,
        eos_token="<|endoftext|>",
        unk_token="<|endoftext|>",
        extra_special_tokens=sorted(specials, key=backend.token_to_id),
    ).save_pretrained(original)
    end = backend.token_to_id("<|endoftext|>")
    config = transformers.WhisperConfig(
        vocab_size=backend.get_vocab_size() + 1501,  # and the time stamps
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        pad_token_id=end,
        bos_token_id=end,
        eos_token_id=end,
        decoder_start_token_id=end + 1,
        suppress_tokens=[],
        begin_suppress_tokens=[220, end],
    )
    model = _seeded(transformers.WhisperForConditionalGeneration, config)
    model.generation_config.suppress_tokens = []
    model.generation_config.begin_suppress_tokens = [220, end]
    model.generation_config.alignment_heads = [[1, 0], [1, 1]]
    model.save_pretrained(original)
    TransformersConverter(str(original)).convert(str(folder), quantization="int8", force=True)
    settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    settings["lang_ids"] = [backend.token_to_id(f"<|{code}|>") for code in _WHISPER_CODES]
    (folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    backend.save(str(folder / "tokenizer.json"))
    return folder


_WHISPER_ORDER = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi "
    "ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd "
    "gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su"
)
_WHISPER_CODES = _WHISPER_ORDER.split()


def _whisper_tokenizer() -> Any:
    """Whisper's own order of tokens: text, end, start, languages, tasks. The texts are single bytes and fillers."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    assert len(_WHISPER_CODES) == WHISPER_LANGUAGES
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    fillers = [f"filler{index}" for index in range(WHISPER_TEXT_TOKENS - len(alphabet) - 1)]
    texts = [*alphabet, *fillers, ""]
    specials = [
        *("<|endoftext|>", "<|startoftranscript|>"),
        *(f"<|{code}|>" for code in _WHISPER_CODES),
        *("<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"),
    ]
    tokenizer = Tokenizer(models.BPE(vocab={token: index for index, token in enumerate(texts + specials)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in specials])
    return tokenizer


CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CONTROL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


@_once
def qwen2(folder: Path) -> Path:
    """The model and tokenizer that qwen2_gguf writes, for transformers."""
    folder.mkdir(parents=True, exist_ok=True)
    tokens, types, merges = _byte_level_vocabulary()
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=build_tokenizer("tiny", "gpt2", "qwen2", tokens, types, merges),
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        chat_template=CHATML,
    )
    fast.save_pretrained(folder)
    model = _qwen2_model(len(tokens))
    examples = [fast(text + "<|im_end|>")["input_ids"] for texts in SENTENCES.values() for text in texts]
    _learn_language(model, examples, pad=fast.pad_token_id, steps=60)
    model.save_pretrained(folder)
    return folder


@_once
def qwen2_gguf(folder: Path, quantization: str = "F32", original: Path | None = None) -> Path:
    """model.gguf with the weights of `original` (a folder that qwen2 wrote; made beside it if None)."""
    folder.mkdir(parents=True, exist_ok=True)
    model = transformers.Qwen2ForCausalLM.from_pretrained(original or qwen2(folder / "original"))
    _write_gguf(folder / "model.gguf", model, "qwen2", "qwen2", quantization)
    return folder


@_once
def llama(folder: Path) -> Path:
    """An untrained Llama, for transformers; its output is kept apart from its embeddings."""
    config = transformers.LlamaConfig(
        vocab_size=len(_byte_level_vocabulary()[0]),
        **_CAUSAL_SIZE,
        tie_word_embeddings=False,
        initializer_range=0.1,  # attention has to matter
        bos_token_id=None,
        eos_token_id=len(_byte_level_vocabulary()[0]) - 1,
    )
    _seeded(transformers.LlamaForCausalLM, config).save_pretrained(folder)
    return folder


def llama_gguf(folder: Path, original: Path) -> Path:
    """model.gguf with the weights of `original` (a folder that llama wrote)."""
    folder.mkdir(parents=True, exist_ok=True)
    model = transformers.LlamaForCausalLM.from_pretrained(original)
    _write_gguf(folder / "model.gguf", model, "llama", "llama-bpe", "F32")
    return folder


def _write_gguf(file: Path, model: Any, architecture: str, cut: str, quantization: str) -> None:
    from gguf import GGMLQuantizationType, GGUFWriter
    from gguf.quants import quantize

    config = model.config
    tokens, types, merges = _byte_level_vocabulary()
    writer = GGUFWriter(file, architecture)
    writer.add_name(f"Tiny {architecture}")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_freq_base(10_000.0)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(cut)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_chat_template(CHATML)
    kind = GGMLQuantizationType[quantization]
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        values = tensor.numpy().astype(np.float32)
        if architecture == "llama" and "self_attn.q_proj" in name:
            values = _rotated_by_pairs(values, config.num_attention_heads)
        if architecture == "llama" and "self_attn.k_proj" in name:
            values = _rotated_by_pairs(values, config.num_key_value_heads)
        if values.ndim == 2 and kind is not GGMLQuantizationType.F32:
            writer.add_tensor(_gguf_name(name), quantize(values, kind), raw_dtype=kind)
        else:
            writer.add_tensor(_gguf_name(name), values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _rotated_by_pairs(values: np.ndarray, heads: int) -> np.ndarray:
    """Query or key rows as GGUF orders them for llama: the two that rotate together beside each other."""
    rows, columns = values.shape
    return values.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


_GGUF_NAMES = {
    "lm_head": "output",
    "embed_tokens": "token_embd",
    "norm": "output_norm",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def _gguf_name(name: str) -> str:
    """model.layers.0.self_attn.q_proj.bias -> blk.0.attn_q.bias"""
    parts = name.removeprefix("model.").split(".")
    prefix = ""
    if parts[0] == "layers":
        prefix, parts = f"blk.{parts[1]}.", parts[2:]
    return f"{prefix}{_GGUF_NAMES['.'.join(parts[:-1])]}.{parts[-1]}"


_CAUSAL_SIZE = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
    "attention_dropout": 0.0,
}


def _qwen2_model(vocabulary: int) -> Any:
    config = transformers.Qwen2Config(
        vocab_size=vocabulary,
        **_CAUSAL_SIZE,
        tie_word_embeddings=True,
        use_sliding_window=False,
        eos_token_id=vocabulary - 1,
    )
    model = _seeded(transformers.Qwen2ForCausalLM, config)
    with torch.no_grad():  # a fresh model has zero biases and unit norms, which would hide a mistake with them
        for name, parameter in model.named_parameters():
            if name.endswith("bias") or "norm" in name:
                parameter.add_(torch.randn_like(parameter) * 0.1)
    return model


def _byte_level_vocabulary() -> tuple[list[str], list[int], list[str]]:
    """Tokens, GGUF token types and merges of a byte-level BPE trained on the sentences."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        _all_sentences(), trainers.BpeTrainer(vocab_size=400, initial_alphabet=sorted(alphabet), show_progress=False)
    )
    saved = json.loads(tokenizer.to_str())["model"]
    ordered = sorted(saved["vocab"], key=saved["vocab"].__getitem__)
    merges = [" ".join(pair) for pair in saved["merges"]]
    return [*ordered, *CONTROL_TOKENS], [1] * len(ordered) + [3] * len(CONTROL_TOKENS), merges


def _all_sentences() -> list[str]:
    return [text for texts in SENTENCES.values() for text in texts]


def _directions() -> list[tuple[str, str]]:
    return [(a, b) for a in SENTENCES for b in SENTENCES if a != b]


def _pairs(source: str, target: str) -> Iterable[tuple[str, str]]:
    return zip(SENTENCES[source], SENTENCES[target], strict=True)


def _sentencepiece(
    path: Path, texts: Sequence[str], size: int, kind: str = "unigram",
    symbols: Sequence[str] = (), ids: dict[str, int] | None = None,
) -> None:  # fmt: skip
    with path.open("wb") as out:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter([*texts] * 4),
            model_writer=out,
            vocab_size=size,
            model_type=kind,
            hard_vocab_limit=False,
            character_coverage=1.0,
            user_defined_symbols=list(symbols),
            minloglevel=2,
            **(ids or {}),
        )


def _pieces(path: Path) -> list[str]:
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return [processor.id_to_piece(index) for index in range(processor.get_piece_size())]


def _bart_size(vocabulary: int) -> dict[str, Any]:
    return {
        "vocab_size": vocabulary,
        "d_model": SIZE["d_model"],
        "encoder_layers": SIZE["layers"],
        "decoder_layers": SIZE["layers"],
        "encoder_attention_heads": SIZE["heads"],
        "decoder_attention_heads": SIZE["heads"],
        "encoder_ffn_dim": SIZE["ffn"],
        "decoder_ffn_dim": SIZE["ffn"],
        "dropout": 0.0,
        "attention_dropout": 0.0,
        "activation_dropout": 0.0,
    }


def _m2m100_model(vocabulary: int) -> Any:
    config = transformers.M2M100Config(
        **_bart_size(vocabulary),
        max_position_embeddings=128,
        scale_embedding=True,
        init_std=0.1,
        encoder_layerdrop=0.0,
        decoder_layerdrop=0.0,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=2,
    )
    return _seeded(transformers.M2M100ForConditionalGeneration, config)


def _seeded(kind: Any, config: Any) -> Any:
    torch.manual_seed(20)
    return kind(config)


def _learn(
    model: Any, examples: Sequence[tuple[list[int], list[int]]], pad: int, start: int, steps: int, forced: int = 0
) -> None:
    """Trains an encoder-decoder until it knows the examples, all in one batch a step.

    The first `forced` target tokens are given at translation (the language), so they are not learned.
    """
    sources = _padded([source for source, _ in examples], pad)
    targets = _padded([target for _, target in examples], pad)
    inputs = torch.cat([torch.full((len(examples), 1), start), targets[:, :-1]], dim=1)
    targets[:, :forced] = pad
    _train(
        model,
        steps,
        lambda: model(
            input_ids=sources, attention_mask=(sources != pad).long(), decoder_input_ids=inputs
        ).logits,
        targets,
        pad,
    )  # fmt: skip


def _learn_language(model: Any, examples: Sequence[list[int]], pad: int, steps: int) -> None:
    texts = _padded(examples, pad)
    _train(model, steps, lambda: model(input_ids=texts[:, :-1]).logits, texts[:, 1:], pad)


def _train(model: Any, steps: int, logits: Any, targets: torch.Tensor, pad: int) -> None:
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(steps):
        loss = torch.nn.functional.cross_entropy(logits().flatten(0, 1), targets.flatten(), ignore_index=pad)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if loss.item() < KNOWN:
            break
    model.eval()


def _padded(rows: Sequence[list[int]], pad: int) -> torch.Tensor:
    width = max(len(row) for row in rows)
    return torch.tensor([row + [pad] * (width - len(row)) for row in rows])


MODELS = {
    "tiny-marian-en-fr": ("marian", "translation", "transformers", ["en-fr"]),
    "tiny-m2m100": ("m2m100", "translation", "transformers", None),
    "tiny-compact": ("compact", "translation", "transformers", None),
    "tiny-nllb": ("nllb", "translation", "transformers", None),
    "tiny-madlad": ("madlad", "translation", "transformers", None),
    "tiny-qwen2": ("causal", "translation", "gguf", None),
    "tiny-whisper": ("whisper", "recognition", "none", None),
}
"""id -> family, task, conversion, pairs."""

BUILDERS: dict[str, Callable[[Path], Path]] = {
    "tiny-marian-en-fr": marian,
    "tiny-m2m100": m2m100,
    "tiny-compact": compact,
    "tiny-nllb": nllb,
    "tiny-madlad": madlad,
    "tiny-qwen2": qwen2_gguf,
    "tiny-whisper": whisper,
}

_FILES = {
    "tiny-marian-en-fr": [
        "config.json", "model.safetensors", "source.spm", "target.spm", "vocab.json", "tokenizer_config.json",
    ],
    "tiny-m2m100": [
        "config.json", "model.safetensors", "sentencepiece.bpe.model", "vocab.json", "tokenizer_config.json",
        "special_tokens_map.json",
    ],
    "tiny-compact": [
        "config.json", "model.safetensors", "sentencepiece.bpe.model", "vocab.json", "tokenizer_config.json",
        "special_tokens_map.json",
    ],
    "tiny-nllb": [
        "config.json", "model.safetensors", "sentencepiece.bpe.model", "tokenizer.json", "tokenizer_config.json",
        "special_tokens_map.json",
    ],
    "tiny-madlad": ["config.json", "model.safetensors", "spiece.model", "tokenizer.json", "tokenizer_config.json"],
    "tiny-qwen2": ["model.gguf"],
    "tiny-whisper": ["config.json", "model.bin", "tokenizer.json", "vocabulary.json"],
}  # fmt: skip


def write_manifest(folder: Path, model: str, **more: Any) -> Path:
    """models/<id>.toml for one of MODELS, with a hub source of its files; `more` are further lines of the table."""
    family, task, convert, pairs = MODELS[model]
    languages = ["en", "fr"] if pairs else list(SENTENCES)
    table = {
        "id": model, "title": model, "family": family, "task": task, "languages": languages, "licence": "CC0-1.0",
        "commercial_use": True, "convert": convert, "memory_bytes": 50_000_000, "draft": family == "causal", **more,
    }  # fmt: skip
    if pairs:
        table["pairs"] = pairs
    lines = [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    codes = {"nllb": NLLB_CODES, "madlad": {code: f"<2{code}>" for code in SENTENCES}}.get(family, {})
    lines += ["[codes]", *(f"{key} = {json.dumps(value)}" for key, value in codes.items())]
    lines += ["[[sources]]", 'kind = "hub"', 'repository = "nobody/tiny"', f"files = {json.dumps(_FILES[model])}"]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{model}.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def installed(root: Path, models: Iterable[str] = tuple(MODELS)) -> ModelStore:
    """Builds some of MODELS below `root` and installs them through the real store: root/models, root/manifests."""
    for model in models:
        write_manifest(root / "manifests", model)
    store = ModelStore(root / "models", root / "manifests")
    for model in models:
        store.install(model, source=BUILDERS[model](root / "hub" / model))
    return store
