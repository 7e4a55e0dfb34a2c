"""A prohibition or denial of the source needs a negation in the target.

Only the strong forms of normative texts are looked for ("shall not", "ne doit pas", "не должен", "no deberá",
"لا يجوز", "不得"); any negative form in the target satisfies the check, and so does a limit ("only")
where the source has one too.
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
    r"|forbid\w*|un(?!der|til|i[tovfq]|an|less\b)\w{3,}|unless|non-?\w+|hardly|refus\w+|den[iy]\w*|avoid\w*"
    r"|in(?:correct|valid|capab|complet|compatib|consist|admissib|eligib|applicab|appropria|suffici|effective|accura"
    r"|abil|adequa|secur|visib|flexib|active|significan|conclusive|differen|violab|curab|expensive)\w*"
    r"|im(?:possib|prop|permiss|material|prob|patien|practic|measur)\w*|dis(?:allow|abl|agree|regard|continu|connect"
    r"|approv|lik|miss|qualif|satisf|hon|card|courag)\w*|prevent\w*|exclu\w*|isn|aren|wasn"
    r"|weren|don|doesn|didn|won|wouldn|shouldn|couldn|can[’']t|haven|hasn|hadn|absen\w+|barr\w+|ban(?:ned|s)?|illegal"
    r"|missing|ir(?:rel|reg|resp|rev)\w*|neglect\w*|ignor\w+)\b"
    r"|n[’']t\b|\w{2,}less\b",
    "fr": r"\b(?:ne|n|non|pas|aucun\w*|nul(?:le)?s?|jamais|sans|ni|rien|personne|interdi\w*|impossib\w*|manqu\w*"
    r"|in(?:capab|exact|suffis|applic|compat|admiss|accep|access|adapt|existan|valid|connu|complet|act|util|certain"
    r"|attendu|approp|efficac|égal|juste|visib|ém|offens|volont|dépend|utilis|chang|édit)\w*|im(?:propre|prob|puis|prév)"
    r"\w*|ir(?:rég|resp|rév|réal)\w*|illégal\w*|dés(?:activ|av|accord|ormais|uet)\w*|dé(?:pourv|conseill|fav|nu)\w*"
    r"|refus\w*|évit\w*|empêch\w*|exclu\w*|absence|échou\w*|échec|faute|défaut|ignor\w*|prohib\w*|contraire)\b",
    "es": r"\b(?:no|ni|nunca|jamás|nada|nadie|ningun[oa]?s?|ningún|sin|tampoco|prohib\w*|imposib\w*|falt\w*|carec\w*"
    r"|in(?:capa|exac|sufic|aplic|compat|admis|acept|acces|adecu|exist|váli|comple|activ|útil|ciert|esper|aprop|efic"
    r"|cumpl|just|visib|segur|depend|variab|alter|usual)\w*|im(?:prop|prob|prev|pid|ped|pract)\w*|ir(?:reg|resp|rev)\w*"
    r"|ilegal\w*|des(?:conoc|aconsej|autoriz|prov|fav|habil|activ|cart|conect|estim|igual|est)\w*|neg(?:ar|ó|ad|at|ab)\w*"
    r"|nieg\w*|evit\w*|exclu\w*|ausencia|rechaz\w*|fracas\w*|dej\w+\sde)\b",
    "ru": r"\bне\b|\bни\b|\bни(?:кто|что|кем|кого|кому|чего|чему|как|ког|где|куда|чем|ско|чуть)\w*|\bне(?:т|льзя|воз"
    r"|доп|пра|дей|дост|зав|обяз|точ|пол|изв|зак|при|сов|уда|спос|вер|дос|соот|вып|соб|разр|яв|кор|из|обыч|ожид|наде"
    r"|эфф|бол|мно|от|пре|мысл|безоп|офиц|гра|жив|без|удо|сущ|под|ст|жел|сер|уч|хв|ре|ле|уп|см|об(?!ход)|до|вн)\w*|\bбез"
    r"|отсутств|запре|невозмож|\bлишен|отказ|избе[гж]|исключ|\bнедо|воздерж|препят|нехват",
    "ar": r"(?<!\w)[وفأ]?(?:لا|لم|لن|ليس\w*|غير|عدم|دون|بدون|بلا|لست|ولا|ألا|بعدم|لعدم|وعدم|لما|كلا)(?!\w)"
    r"|(?<!\w)ما\s[يتن]"
    r"|يحظر|محظور|حظر|ممنوع|يمنع|يمتنع|منع|رفض|تعذر|يتعذر|استحال|مستحيل|انعدام|فشل|تجنب|يخلو"
    r"|افتقار|تفتقر|يفتقر|عجز|غياب|نفي|نفى|تنفي|خال|امتناع|إنكار|أنكر|حرم|انقطع|يستثن",
    "zh": r"不(?!同|仅|断|但|久|管|论|妨|足为|少(?!于))|无(?!论)|未(?!来)|没|非(?!常|洲)|勿|莫|(?<!是)否(?!则)"
    r"|免|禁|缺乏|拒绝|防止|(?<![删移消解清排卸拆])除(?!夕)|缺|失去|失败|难以|杜绝",
}  # fmt: skip
_LIMITS = {
    "en": r"\b(?:only|unless|until|except|other\sthan|less|fewer|few|little|merely|alone|yet|rather|instead)\b",
    "fr": r"\b(?:seul\w*|uniquement|sauf|moins|peu|avant\sque|plutôt|autre\sque|encore)\b",
    "es": r"\b(?:sol[oa]s?|sólo|solamente|únic\w+|salvo|excepto|menos|poc[oa]s?|hasta\sque|sino|(?:lugar|vez)\sde)\b",
    "ru": r"\b(?:только|лишь|кроме|менее|меньше|мало|пока|вместо|единствен\w*)\b",
    "ar": r"فقط|إلا|سوى|باستثناء|قليل|نادر|أقل|بدل|مجرد",
    "zh": r"只|仅|除|(?<![至多])少|尚|直到|而是|才",
}  # fmt: skip
"""Words of limits: what is "not … until" in one language is "only … after" in another."""
_LIMIT_PATTERNS = {code: re.compile(pattern, re.IGNORECASE) for code, pattern in _LIMITS.items()}
_STRONG_PATTERNS = {code: re.compile(pattern, re.IGNORECASE) for code, pattern in _STRONG.items()}
_ANY_PATTERNS = {code: re.compile(pattern, re.IGNORECASE) for code, pattern in _ANY.items()}


def check(pair: SegmentPair) -> list[Finding]:
    if pair.source_language not in _STRONG_PATTERNS:
        return []
    source, target = running_text(pair)
    found = _STRONG_PATTERNS[pair.source_language].search(source)
    if found is None or _ANY_PATTERNS[pair.target_language].search(target):
        return []
    limits = _LIMIT_PATTERNS[pair.source_language].search(source), _LIMIT_PATTERNS[pair.target_language].search(target)
    if all(limits):
        return []
    template = "The source has a negation (“{text}”) and the translation seems to have none."
    return [Finding("negation-lost", Severity.WARNING, template, {"text": found.group()})]
