"""Languages in Arabic letters."""

from __future__ import annotations

import re
from collections import Counter

from langsupport.text.ngrams import WORD, posterior

_LETTERS = {
    "ar": "ةىيكأإؤئ",
    "fa": "پچژگکی",
    "ur": "ٹڈڑںےہھپچژگکی",
    "ps": "ښځڅډړۍېټګڼۀی",
    "ckb": "ێۆڕڵەیکگچپژ",
    "ug": "ېۇۈۆۋەڭىگچپئ",
    "sd": "ٻڀٺٽٿڄڃڇڏڌڍڊڦڪڳڱڻ",
}
_NOT_ARABIC = frozenset("".join(own for code, own in _LETTERS.items() if code != "ar")) - frozenset(_LETTERS["ar"])
_SMALL_WORDS = {
    "ar": "في من على إلى أن هذا هذه التي الذي ما لا و كان كانت قد عن مع أو لم بين كل بعد هو هي ذلك تم غير إن حيث عند "
    "خلال",
    "fa": "و در به از که این را با است برای آن می یک تا شد بر شده بود هم کرد های خود ها نیز باید شود كه اين مي براي",
    "ur": "کے کی میں ہے سے کا اور کو نے پر ہیں کہ اس یہ تھا ہو کر بھی ایک گیا تھے نہیں",
    "ps": "د په او چې کې سره ته یې دي دا له شو کړي کوي",
    "ckb": "لە و بە کە بۆ ئەم لەگەڵ بوو ئەو دەکات",
}
_WORDS = {code: frozenset(line.split()) for code, line in _SMALL_WORDS.items()}
_MARKS = re.compile("[\u064b-\u0652\u0670\u0640\u200c-\u200f\u202a-\u202e\u2066-\u2069]")
_ARTICLE = re.compile("[وفبكل]?ال..|لل..")
_HEAD_START = {"ar": 2.5, "fa": 0.5}
_TEMPER = 0.8


def arabic_script_language(text: str) -> list[tuple[str, float]]:
    """`ar` or another language, with probabilities."""
    plain = _MARKS.sub("", text)
    letters, words = Counter(plain), Counter(WORD.findall(plain))
    scores = {code: _HEAD_START.get(code, 0.0) for code in _LETTERS}
    for code, own in _LETTERS.items():
        scores[code] += sum(min(letters[c], 20) for c in own)
        scores[code] -= 1.5 * sum(min(letters[c], 20) for c in _NOT_ARABIC - set(own))
        small = _WORDS.get(code, frozenset())
        scores[code] += 1.5 * sum(min(count, 20) for word, count in words.items() if word in small)
        if code != "ar":  # letters that these write only in Arabic loans, if at all
            scores[code] -= min(10.0, 1.0 * sum(letters[c] for c in "ةإأ"))
    total = sum(words.values())
    with_article = sum(count for word, count in words.items() if _ARTICLE.match(word))
    scores["ar"] += min(10.0, float(with_article))
    if total >= 8 and with_article < 0.05 * total:  # running Arabic has the article in about every third word
        scores["ar"] -= 4.0
    return posterior(scores, _TEMPER)
