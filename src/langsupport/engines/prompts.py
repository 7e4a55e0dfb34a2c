"""How an instruction-following model is asked to translate: chat formats and example sentences.

The instruction and the examples of a direction are its static prompt: computed once, cached by the engine, free for
every further sentence. The examples are short sentences of the kind that institutions write, the same in six languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from langsupport.domain.languages import LANGUAGES
from langsupport.engines.protocols import TranslationRequest


@dataclass(frozen=True, slots=True)
class ChatFormat:
    """Control tokens round a turn, as the model was trained with them."""

    turn_start: str  # formatted with the role
    turn_end: str
    stop: tuple[str, ...]

    @property
    def controls(self) -> tuple[str, ...]:
        return (self.turn_start.split("{")[0], *self.stop)

    def is_control(self, text: str) -> bool:
        return text in self.controls

    def split(self, text: str) -> list[str]:
        """Control tokens and what lies between them, in order."""
        pattern = "|".join(map(re.escape, self.controls))
        return [part for part in re.split(f"({pattern})", text) if part]

    def turn(self, role: str, text: str) -> str:
        return self.opening(role) + text + self.turn_end

    def opening(self, role: str) -> str:
        return self.turn_start.format(role=role)


CHAT_FORMATS: Mapping[str, ChatFormat] = MappingProxyType(
    {"chatml": ChatFormat("<|im_start|>{role}\n", "<|im_end|>\n", ("<|im_end|>", "<|endoftext|>"))}
)
"""By the name that a model's manifest gives in `chat` (default chatml)."""

EXAMPLES: tuple[Mapping[str, str], ...] = (
    {
        "en": "The meeting will be held in Geneva from 3 to 7 March, and over 400 delegates are expected to attend.",
        "fr": "La réunion se tiendra à Genève du 3 au 7 mars et plus de 400 délégués devraient y participer.",
        "es": "La reunión se celebrará en Ginebra del 3 al 7 de marzo y se espera que asistan más de 400 delegados.",
        "ru": "Совещание пройдет в Женеве с 3 по 7 марта, и ожидается участие более 400 делегатов.",
        "zh": "会议将于3月3日至7日在日内瓦举行，预计将有400多名代表出席。",
        "ar": "سيُعقد الاجتماع في جنيف في الفترة من 3 إلى 7 مارس، ومن المتوقع أن يحضره أكثر من 400 مندوب.",
    },
    {
        "en": "“We did not know how serious the damage was,” said the engineer, who had worked there for ten years.",
        "fr": "« Nous ne savions pas que les dégâts étaient si graves », a dit l’ingénieur, employé là depuis dix ans.",
        "es": "«No sabíamos lo graves que eran los daños», dijo el ingeniero, que había trabajado allí diez años.",
        "ru": "«Мы не знали, насколько серьезны повреждения», — сказал инженер, проработавший там десять лет.",
        "zh": "“我们当时不知道损坏有多严重，”在那里工作了十年的工程师说。",
        "ar": "قال المهندس الذي عمل هناك لمدة عشر سنوات: «لم نكن نعلم مدى خطورة الأضرار».",
    },
    {
        "en": "General provisions",
        "fr": "Dispositions générales",
        "es": "Disposiciones generales",
        "ru": "Общие положения",
        "zh": "总则",
        "ar": "أحكام عامة",
    },
)

SYMBOL_EXAMPLE: Mapping[str, str] = {
    "en": "See Recommendation ITU-T G.711 for details.",
    "fr": "Pour plus de détails, voir la Recommandation ITU-T G.711.",
    "es": "Para más detalles, véase la Recomendación ITU-T G.711.",
    "ru": "Подробности см. в Рекомендации ITU-T G.711.",
    "zh": "详情参见 ITU-T G.711 建议书。",
    "ar": "للاطلاع على التفاصيل، انظر التوصية ITU-T G.711.",
}
SYMBOL = "ITU-T G.711"
"""Shows the second try what the line in square brackets asks for."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """What goes into the system turn, how many examples follow, and what stands before each text in its own turn.

    `chinese` is what the language is called as a target.
    """

    system: str
    examples: int = 0
    before_text: str = ""
    chinese: str = "Simplified Chinese"


FIRST = Instruction(
    "You are a translator. Translate each message from {source} into {target}. Answer with the translation only."
)
FIRST_INTO_CHINESE = Instruction(
    "You are a professional translator.",
    before_text="Translate the following text from {source} into {target}. Answer with the translation only.\n\n",
)
"""Beside the text, the same words give 1.2 chrF more into Chinese and 0.4 less into French on 200 sentences of FLORES
dev with the 1.5B model (benchmarks/speed/causal_vs_plain_loop.py, whose plain loop asks this way)."""

SECOND = Instruction(
    "Translate the user's text from {source} into {target}. Write every word in {target}, in full, "
    "with nothing before or after it.",
    examples=len(EXAMPLES),
)
"""The first try has no examples: every token of the static prompt is copied along in each step of each row, which costs
more speed than the examples give in quality."""


ADAPTED = Instruction("", before_text="Translate from {source} into {target}:\n", chinese="Chinese")
"""What adapters are trained with (training/causal_lora.py): ten tokens instead of forty."""


def instruction(target: str, attempt: int, style: str = "chat") -> Instruction:
    """How one direction is asked for at the first and at the second try. `style` is the manifest's `prompt`."""
    if style == "adapted" and not attempt:
        return ADAPTED
    if attempt:
        return SECOND
    return FIRST_INTO_CHINESE if target == "zh" else FIRST


def static_prompt(chat: ChatFormat, source: str, target: str, attempt: int = 0, style: str = "chat") -> str:
    """The part of the prompt that all sentences of a direction share; the text follows it."""
    names = {"source": LANGUAGES[source].english_name, "target": LANGUAGES[target].english_name}
    asked = instruction(target, attempt, style)
    if target == "zh":
        names["target"] = asked.chinese
    parts = [chat.turn("system", asked.system.format_map(names))] if asked.system else []
    for example in EXAMPLES[: asked.examples]:
        parts += [chat.turn("user", example[source]), chat.turn("assistant", example[target])]
    if attempt:
        kept = _KEEP.format(SYMBOL) + "\n" + SYMBOL_EXAMPLE[source]
        parts += [chat.turn("user", kept), chat.turn("assistant", SYMBOL_EXAMPLE[target])]
    return "".join(parts) + chat.opening("user") + asked.before_text.format_map(names)


_KEEP = "[Keep unchanged: {}]"


def requirements(request: TranslationRequest, attempt: int) -> str:
    """One line per kind of requirement, in square brackets before the text; '' for most sentences.

    The first try states terms only: models copy symbols and markers unasked, and a small one takes a line about
    them for the text itself. The second try names what the first one lost, after an example of it.
    """
    lines = []
    if request.terms:
        pairs = "; ".join(f"{source} = {target}" for source, target in request.terms)
        lines.append(f"[Use these terms: {pairs}]")
    if attempt and request.protected:
        lines.append(_KEEP.format("; ".join(request.protected)))
    return "".join(line + "\n" for line in lines)


_ECHO = re.compile(r"\s*\[[^\[\]\n]*\]\s*")


def without_echo(said: str, request: TranslationRequest, attempt: int) -> str:
    """The answer without the requirements, which a model at times translates along with the text."""
    if request.prefix or request.text.lstrip().startswith("["):
        return said
    for _ in requirements(request, attempt).splitlines():
        echo = _ECHO.match(said)
        if echo is None or echo.end() == len(said):
            break
        said = said[echo.end() :]
    return said
