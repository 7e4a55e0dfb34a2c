"""Captions translated clause by clause behind what is shown already, against whole sentences at once.

    python benchmarks/quality/caption_translation.py --models DIR --model qwen2.5-coder-1.5b-translator --n 24

Sentences of FLORES-200 dev grow word by word as captions do, at the pace of speech; each is a cue with a translator of
its own, and what is due is translated at once, while the clock stands still. Printed are chrF and BLEU of both ways,
and the normalized erasure (words taken back to words of the end, in Chinese characters) of what viewers see: of the
stable text, which must be 0, and of stable text and preview with the last k words hidden.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common.corpora import data_folder, flores
from common.scores import score
from common.signature import machine, model_hash, signature, versions
from langsupport.domain.languages import LANGUAGES
from langsupport.domain.live import FLOOR, CueState, LiveCue
from langsupport.engines.core import InferenceCore, InferenceOptions
from langsupport.engines.protocols import Lane, TranslationRequest
from langsupport.engines.store import ModelStore
from langsupport.pipelines.live_translation import CueTranslator, CueTranslatorOptions
from langsupport.text.clauses import hidden

WORDS_PER_SECOND = {True: 2.5, False: 4.0}
"""Words, or characters of Chinese."""
TAIL_UNITS = 2
"""So much of a sentence is heard but not committed yet."""
MASKS = (0, 2, 4)


@dataclass
class Caption:
    """A sentence on its way: its cue's states go in, what viewers see comes out."""

    units: list[str]
    language: str
    translator: CueTranslator
    seen: list[tuple[str, str]] = field(default_factory=list)
    pieces: int = 0
    previews: int = 0

    def state(self, count: int) -> LiveCue | None:
        """The source cue when `count` units were committed; one more than there are ends it."""
        if count > len(self.units) + 1:
            return None
        joint = " " if LANGUAGES[self.language].word_spaces else ""
        stable, tail = self.units[:count], self.units[count : count + TAIL_UNITS]
        return LiveCue(
            "c1", FLOOR, FLOOR, self.language, 0, count, joint.join(stable),
            tail="".join(joint + unit for unit in tail),
            state=CueState.FINAL if count > len(self.units) else CueState.OPEN, revision=count,
        )  # fmt: skip

    def show(self, cues: list[LiveCue]) -> None:
        self.seen += [(cue.stable, cue.tail) for cue in cues]

    def texts(self, target: str, mask: int | None) -> list[str]:
        """What was seen, one after the other: the stable text alone (None), or with a preview."""
        if mask is None:
            return [stable for stable, _ in self.seen]
        return [stable + hidden("", tail, mask, target) for stable, tail in self.seen]


def units(text: str, language: str) -> list[str]:
    return text.split() if LANGUAGES[language].word_spaces else list(text)


def grow(core: InferenceCore, captions: list[Caption], source: str) -> None:
    """All captions at once, so that what is due at a moment is one batch."""
    rate = WORDS_PER_SECOND[LANGUAGES[source].word_spaces]
    for count in range(1, max(len(caption.units) for caption in captions) + 2):
        for caption in captions:
            state = caption.state(count)
            caption.show(caption.translator.take(state) if state else [])
        while due := [(c, piece) for c in captions for piece in c.translator.due(round(1_000 * count / rate))]:
            answers = core.translate([piece.request for _, piece in due], Lane.LIVE).wait()
            for (caption, piece), answer in zip(due, answers, strict=True):
                caption.show(caption.translator.put(piece, answer))
                caption.pieces += not piece.preview
                caption.previews += piece.preview


def erasure(captions: list[Caption], target: str, mask: int | None) -> float:
    """Units taken back of all captions, to the units that they end with (Arivazhagan et al., 2020). A comma that comes
    behind a word takes nothing back."""
    erased = total = 0
    for caption in captions:
        shown = caption.texts(target, mask)
        for before, after in pairwise(shown):
            shorter = min(len(before), len(after))
            kept = next((i for i in range(shorter) if before[i] != after[i]), shorter)
            erased += len(units(before[kept:], target))
        total += len(units(shown[-1], target)) if shown else 0
    return erased / max(1, total)


def measure(core: InferenceCore, data: Path, pair: str, count: int, preview: bool) -> list[str]:
    """The rows of one direction, and below them the signatures. A preview changes nothing of the stable text."""
    source, target = pair.split("-")
    sentences, references = flores(data, source, count), flores(data, target, count)
    started = time.perf_counter()
    whole = core.translate([TranslationRequest(text, source, target) for text in sentences], Lane.LIVE).wait()
    whole_s = time.perf_counter() - started
    at_once = score([result.text for result in whole], references, target)
    options = CueTranslatorOptions(preview=preview, mask=0)
    captions = [Caption(units(text, source), source, CueTranslator(target, options)) for text in sentences]
    started = time.perf_counter()
    grow(core, captions, source)
    seconds = time.perf_counter() - started
    ends = [caption.seen[-1][0] if caption.seen else "" for caption in captions]
    found = score(ends, references, target)
    flicker = [f"stable {erasure(captions, target, None):.2f}"]
    flicker += [f"k={mask} {erasure(captions, target, mask):.2f}" for mask in (MASKS if preview else ())]
    asked = f"{sum(c.pieces for c in captions)} pieces, {sum(c.previews for c in captions)} previews"
    return [
        f"{source}-{target} {'whole sentences':18} {at_once.chrf:6.1f} {at_once.bleu:6.1f} {whole_s:7.0f} s",
        f"{source}-{target} {'clause by clause':18} {found.chrf:6.1f} {found.bleu:6.1f} {seconds:7.0f} s"
        f"  erasure {', '.join(flicker)}; {asked}; {ends.count('')} empty",
        f"chrF {at_once.chrf_signature}",
        f"BLEU {at_once.bleu_signature}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, required=True, help="folder of installed models")
    parser.add_argument("--model", help="one installed model; without it, whatever serves each direction")
    parser.add_argument("--pairs", nargs="+", default=["en-fr", "en-zh"])
    parser.add_argument("--n", type=int, default=24)
    parser.add_argument("--no-preview", action="store_true")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    store = ModelStore(given.models, Path(__file__).resolve().parents[2] / "models")
    preferences = {"*": (given.model,)} if given.model else {}
    core = InferenceCore(store, InferenceOptions(device=given.device, preferences=preferences))
    data = data_folder(given.data)
    print(f"{'pair':5} {'way':18} {'chrF':>6} {'BLEU':>6} {'time':>9}")
    for pair in given.pairs:
        print("\n".join(measure(core, data, pair, given.n, not given.no_preview)), flush=True)
    core.close()
    facts = {"corpus": "flores200-dev", "n": given.n, "arch": machine(), **versions("ctranslate2", "sacrebleu")}
    if given.model:
        facts["model"] = model_hash(store.path(given.model))
    print(signature(**facts))


if __name__ == "__main__":
    main()
