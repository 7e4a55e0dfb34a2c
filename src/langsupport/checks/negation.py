"""A prohibition or denial of the source needs a negation in the target.

Only the strong forms of normative texts are looked for ("shall not", "ne doit pas", "не должен", "no deberá",
"لا يجوز", "不得"); any negative form in the target satisfies the check.
"""

from __future__ import annotations

import re

from langsupport.checks.base import SegmentPair, running_text
from langsupport.domain.findings import Finding, Severity

_STRONG = {
    "en": r"\b(?:shall|must|may|should|will|is|are|was|were|do|does|did|can|could|has|have)\s+(?:not|never)\b"
    r"|\bcannot\b|\bshall\s+no\b|\bno\s+one\s+shall\b",
    "fr": r"\b(?:ne|n[’'])\s*(?!oubli)\w+(?:\s+\w+)?\s+(?:pas|jamais|aucun\w*|point)\b|\bnul\s+ne\b"
    r"|\baucun\w*\s+\w+\s+ne\b",
    "es": r"\bno\s+(?:deber[áa]n?|podr[áa]n?|pueden?|debe[n]?|ser[áa]n?|son|es|se|est[áa]n?|ha[n]?)\b"
    r"|\bnadie\s+(?:ser|podr)",
    "ru": r"\bне\s+(?:долж\w+|мо[жг]\w+|допуска\w+|следует|являет\w+|подлеж\w+|буд\w+|был\w*)\b|\bникто\s+не\b"
    r"|\bнельзя\b",
    "ar": r"(?<!\w)(?:لا\s+(?:يجوز|يمكن|ينبغي|يجب|يحق|يعتبر|تعتبر|يتم)|لم|لن|ليس|ليست)(?!\w)",
    "zh": r"不得|不应|不能|不可(?!或缺|避免|思议)|并非|禁止",
}
_ANY = {
    "en": r"\b(?:not|no|never|none|nor|neither|cannot|without|nothing|nobody|unable|fail\w*|lack\w*|prohibit\w*"
    r"|forbid\w*|un\w{3,}|in\w{4,}|im\w{4,}|dis\w{4,}|non-?\w+|hardly|rather|refus\w+|den[iy]\w*|avoid\w*"
    r"|prevent\w*|exclud\w*|only|few|little|stop\w*|isn|aren|wasn|weren|don|doesn|didn|won|wouldn|shouldn|couldn"
    r"|can[’']t|haven|hasn|hadn)\b|n[’']t\b|\bless\b|\w+less\b",
    "fr": r"\b(?:ne|n|non|pas|aucun\w*|nul\w*|jamais|sans|ni|rien|personne|interdi\w*|impossib\w*|in\w{4,}|im\w{4,}"
    r"|ir\w{4,}|dés?\w{4,}|manqu\w*|refus\w*|évit\w*|empêch\w*|exclu\w*|peu|seul\w*|loin|absence|plutôt)\b",
    "es": r"\b(?:no|ni|nunca|jamás|nada|nadie|ningun[oa]?s?|ningún|sin|tampoco|prohib\w*|imposib\w*|in\w{4,}"
    r"|im\w{4,}|des\w{4,}|falt\w*|carec\w*|neg\w+|evit\w*|imped\w*|exclu\w*|poco|solo|sólo|lejos|ausencia|salvo"
    r"|excepto|rechaz\w*)\b",
    "ru": r"\bне\w*|\bни\w*|\bбез\w*|\bнет\b|отсутств|запре|невозмож|лиш|мало|отказ|избе|исключ|недо|прекрат|вместо",
    "ar": r"(?<!\w)[وفأ]?(?:لا|لم|لن|ليس\w*|غير|عدم|دون|بدون|ما|بلا|لست|ولا|ألا|بعدم|لعدم)(?!\w)|يحظر|ممنوع|يمنع"
    r"|يمتنع|منع|رفض|تعذر|يتعذر|استحال|انعدام|باستثناء|سوى|إلا|فشل|نادر|قليل|تجنب|يخلو|افتقار|تفتقر|يفتقر",
    "zh": r"[不无未没非勿莫否免]|禁止|缺乏|拒绝|避免|防止|除|缺少|失去|失败|停止|少|仅|只|难以|尚",
}  # fmt: skip
_STRONG_PATTERNS = {code: re.compile(pattern, re.IGNORECASE) for code, pattern in _STRONG.items()}
_ANY_PATTERNS = {code: re.compile(pattern, re.IGNORECASE) for code, pattern in _ANY.items()}


def check(pair: SegmentPair) -> list[Finding]:
    if pair.source_language not in _STRONG_PATTERNS:
        return []
    source, target = running_text(pair)
    found = _STRONG_PATTERNS[pair.source_language].search(source)
    if found is None or _ANY_PATTERNS[pair.target_language].search(target):
        return []
    template = "The source has a negation (“{text}”) and the translation seems to have none."
    return [Finding("negation-lost", Severity.WARNING, template, {"text": found.group()})]
