"""What tells languages of one script apart: their own letters, their n-grams, their small words."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache

from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
from langdetect.utils.ngram import NGram

_LATIN_PROFILES = frozenset(
    ["af", "ca", "cs", "cy", "da", "de", "en", "es", "et", "fi", "fr", "hr", "hu", "id", "it", "lt", "lv", "nl", "no", "pl", "pt", "ro", "sk", "sl", "so", "sq", "sv", "sw", "tl", "tr", "vi"]
)
_FOLLOWED = frozenset({"en", "fr", "es"})
_PRIOR = 3.0
"""How much likelier one of ours is than any other language, before a letter is read: our users mostly write them."""
_WORD = re.compile(r"[^\W\d_]+")

_SMALL_WORDS = {
    "en": "the of and to in is are that for on with by as be this it which from or at an not was were has have shall should "
    "will its their may can all any been other these such between under there how what when where who we he she they you i",
    "fr": "le la les de du des et en un une est à au aux dans que qui pour par sur avec ce cette ces se sont pas ne plus ou "
    "il elle nous vous leur leurs son sa ses être été a ont fait mais comme si d l qu c s n j y",
    "es": "el la los las de del y en un una es a al que para por con se su sus no lo como más o este esta estos estas son ha "
    "han fue ser está sin sobre entre pero también e u si cuando donde muy hay sido desde hasta",
    "pt": "o a os as de do da dos das e em um uma é ao à que para por com se seu sua não no na nos nas mais ou como são foi "
    "ser está pelo pela entre também pode isso você ele ela",
    "it": "il lo la i gli le di del della dei delle e in un una è al alla che per con si suo sua non nel nella più o come "
    "sono è stato essere da dal dalla anche questo questa tra ma ha hanno degli",
    "ca": "el la els les de del dels i en un una és al als que per amb es seu seva no més o com són ha ser està aquest "
    "aquesta entre també però molt l d",
    "gl": "o a os as de do da dos das e en un unha é ao á que para por con se seu súa non no na nos nas máis ou como son foi "
    "ser está polo pola entre tamén pero moi",
    "de": "der die das den dem des und in ist zu von mit für auf im ein eine einer eines nicht sich auch als an bei nach "
    "werden wird sind es aus zum zur oder dass über",
    "nl": "de het een van en in is op te dat voor met zijn die aan niet door als bij ook naar of uit worden wordt om er",
    "ro": "și în de la cu pe un o este sunt nu se că din pentru care mai sau al ale a fi fost prin",
    "eu": "eta da du ez dira izan bat baina ere hau hori dute egin edo",
}  # fmt: skip
_WORDS = {code: frozenset(words.split()) for code, words in _SMALL_WORDS.items()}
_LETTERS = {
    "es": "ñ¿¡", "pt": "ãõ", "ca": "·", "de": "ß", "fr": "œ", "ro": "țșă", "pl": "łżźśćńęą", "cs": "řůě", "tr": "ığş", "hu": "őű",
}  # fmt: skip
_FOREIGN_TO = {
    "en": "ãõßñçăâîșțłżřůğışőåøæðþœêèàùûïëôòìáíóúéäöüčšžćđńęąľťďňāēīūģķļņŗųėįő",
    "fr": "ãõßñășțłżřůğışőåøðþòìáíóúäöčšžćđńęąľťďňāēīūģķļņųėį",
    "es": "ãõßăâîșțłżřůğışőåøæðþœêèàùûëôòìäöčšžćđńęąçľťďňāēīģķļņųėį",
}
"""Letters that a language writes only in borrowed words and foreign names."""


@lru_cache(maxsize=1)
def _profiles() -> tuple[dict[str, list[float]], tuple[str, ...]]:
    """langdetect's table of n-gram probabilities and the order of its languages (about half a second, once)."""
    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    return factory.word_lang_prob_map, tuple(factory.langlist)


def _grams(text: str) -> list[str]:
    """n-grams of one to three characters as langdetect's profiles count them."""
    window = NGram()
    grams: list[str] = []
    for character in text:
        window.add_char(character)
        for size in (1, 2, 3):
            gram = window.get(size)
            if gram:
                grams.append(gram)
    return grams


def _ngram_scores(text: str, wanted: frozenset[str]) -> dict[str, float]:
    """Log-likelihood per language. Overlapping n-grams say the same thing thrice, hence the division."""
    table, order = _profiles()
    indexes = [(code, index) for index, code in enumerate(order) if code in wanted]
    scores = dict.fromkeys((code for code, _ in indexes), 0.0)
    for gram in _grams(text):
        row = table.get(gram)
        if row is None:
            continue
        for code, index in indexes:
            scores[code] += math.log(row[index] + 1e-4) / 3.0
    return scores


def latin_languages(text: str) -> list[tuple[str, float]]:
    """Languages in Latin letters with their probabilities, the likeliest first; [] where no word can be read."""
    shouting = text.upper() == text
    words = [w for w in _WORD.findall(text) if shouting or not (len(w) > 1 and w.isupper())]
    if not words or sum(map(len, words)) < 2:
        return []
    readable = " ".join(words)
    scores = _ngram_scores(f" {readable.lower() if shouting else readable} ", _LATIN_PROFILES)
    for code in _WORDS:
        scores.setdefault(code, max(scores["pt"], scores["es"]) - 3.0 if code == "gl" else min(scores.values()))
    counts = Counter(word.lower() for word in words)
    for code, small in _WORDS.items():
        scores[code] += 1.5 * sum(min(count, 20) for word, count in counts.items() if word in small)
    letters = Counter(readable.lower())
    for code, own in _LETTERS.items():
        scores[code] += 3.0 * sum(min(letters[c], 10) for c in own)
    for code, foreign in _FOREIGN_TO.items():
        scores[code] -= 1.0 * sum(min(letters[c], 20) for c in foreign)
    return _ranked(scores)


def _ranked(scores: dict[str, float]) -> list[tuple[str, float]]:
    """Posterior probabilities; the sum of the scores is tempered, because neighbouring n-grams are not independent."""
    tempered = {code: 0.6 * score + (math.log(_PRIOR) if code in _FOLLOWED else 0.0) for code, score in scores.items()}
    top = max(tempered.values())
    weights = {code: math.exp(value - top) for code, value in tempered.items()}
    total = sum(weights.values())
    return sorted(((code, weight / total) for code, weight in weights.items()), key=lambda item: (-item[1], item[0]))[
        :5
    ]


_CYRILLIC_LETTERS = {
    "uk": "іїєґ", "be": "ўі", "sr": "ђћџљњј", "mk": "ѓќѕџљњј", "kk": "әғқңөұүһі", "ky": "ңөү", "mn": "өү", "tg": "ӣӯҷҳқғ",
    "tt": "әҗңөүһ", "ru": "ыэё",
}  # fmt: skip
_CYRILLIC_WORDS = {
    "ru": "и в не на что с по как это к от для из за о при или если также его она они был были быть может все который "
    "которые является до у же бы только их том так но со об во ее год года лет",
    "uk": "і в не на що з до як це від для за про при або якщо також його вона вони був були бути може все який які є та "
    "у й але зі їх її у через після",
    "be": "і ў не на што з да як гэта ад для за пра пры або калі таксама яго яна яны быў былі быць можа які якія у але іх яе",
    "bg": "и в не на че с по как това от за при или ако също той тя те е са беше бъде може всички който които се да ще като "
    "си до със има към през към след",
    "mk": "и во не на дека со по како ова од за при или ако исто тој таа тие е се беше биде може сите кој кои да ќе има до",
    "sr": "и у не на да са по како ово од за при или ако такође он она они је су био бити може сви који које се ће има до",
}  # fmt: skip
_CYRILLIC_FOREIGN = {
    "ru": "іїєґўђћџљњјѓќѕәғқңөұүһӣӯҷҳҗ",
    "uk": "ыэёъўђћџљњјѓќѕәғқңөұүһ",
    "be": "ищъїєґђћџљњјѓќѕәғқңөұүһ",
    "bg": "ыэёіїєґўђћџљњјѓќѕәғқңөұүһ",
    "mk": "ыэёъьюящйіїєґўђћәғқңөұүһ",
    "sr": "ыэёъьюящйіїєґўѓќѕәғқңөұүһ",
}


def cyrillic_language(text: str) -> list[tuple[str, float]]:
    """`ru` or another language in Cyrillic letters, with probabilities."""
    lower = text.lower()
    letters = Counter(lower)
    words = Counter(_WORD.findall(lower))
    grams = _ngram_scores(f" {lower} ", frozenset({"ru", "uk", "bg", "mk"}))
    floor = min(grams.values())
    scores = {code: grams.get(code, floor) for code in {*_CYRILLIC_WORDS, *_CYRILLIC_LETTERS}}
    for code, own in _CYRILLIC_LETTERS.items():
        scores[code] += 1.0 * sum(min(letters[c], 20) for c in own)
        scores[code] -= 1.5 * sum(
            min(letters[c], 20) for other in _CYRILLIC_LETTERS.values() for c in set(other) - set(own) - set("ыэё")
        )
    for code, foreign in _CYRILLIC_FOREIGN.items():
        scores[code] -= 3.0 * sum(min(letters[c], 20) for c in foreign)
    for code, small in ((code, frozenset(line.split())) for code, line in _CYRILLIC_WORDS.items()):
        scores[code] += 1.2 * sum(min(count, 20) for word, count in words.items() if word in small)
    scores["bg"] += 1.0 * min(sum(1 for word in words if "ъ" in word and not re.search("[бвдзкстр]ъ[еёюя]", word)), 10)
    scores["ru"] += math.log(4.0)
    return _softmax(scores)


_ARABIC_LETTERS = {
    "ar": "ةىيكأإؤئ",
    "fa": "پچژگکی",
    "ur": "ٹڈڑںےہھپچژگکی",
    "ps": "ښځڅډړۍېټګڼۀی",
    "ckb": "ێۆڕڵەیکگچپژ",
    "ug": "ېۇۈۆۋەڭىگچپ",
    "sd": "ٻڀٺٽٿڄڃڇڏڌڍڊڦڪڳڱڻ",
}
_ARABIC_WORDS = {
    "ar": "في من على إلى أن هذا هذه التي الذي ما لا و كان كانت قد عن مع أو لم بين كل بعد هو هي ذلك تم غير إن حيث عند خلال",
    "fa": "و در به از که این را با است برای آن می یک تا شد بر شده بود هم کرد های خود ها نیز باید شود كه اين مي براي",
    "ur": "کے کی میں ہے سے کا اور کو نے پر ہیں کہ اس یہ تھا ہو کر بھی ایک گیا تھے نہیں",
    "ps": "د په او چې کې سره ته یې دي دا له شو کړي کوي",
    "ckb": "لە و بە کە بۆ ئەم لەگەڵ بوو ئەو دەکات",
}  # fmt: skip


def arabic_script_language(text: str) -> list[tuple[str, float]]:
    """`ar` or another language in Arabic letters, with probabilities."""
    letters = Counter(text)
    words = Counter(_WORD.findall(re.sub("[\u064b-\u0652\u0670\u0640]", "", text)))
    total = max(1, sum(words.values()))
    foreign_to_arabic = set("".join(own for code, own in _ARABIC_LETTERS.items() if code != "ar")) - set(
        _ARABIC_LETTERS["ar"]
    )
    scores = dict.fromkeys(_ARABIC_LETTERS, 0.0)
    for code, own in _ARABIC_LETTERS.items():
        scores[code] += 1.0 * sum(min(letters[c], 20) for c in own)
        others = foreign_to_arabic - set(own)
        scores[code] -= 1.5 * sum(min(letters[c], 20) for c in others)
    for code, small in ((code, frozenset(line.split())) for code, line in _ARABIC_WORDS.items()):
        scores[code] += 1.5 * sum(min(count, 20) for word, count in words.items() if word in small)
    with_article = sum(count for word, count in words.items() if re.match("[وفبكل]?ال..|لل..", word))
    scores["ar"] += min(10.0, 1.0 * with_article) + math.log(4.0)
    if with_article < 0.05 * total and total >= 8:  # running Arabic has the article in every third word
        scores["ar"] -= 3.0
    for code in ("fa", "ur", "ps", "ckb", "ug"):
        scores[code] -= min(10.0, 1.0 * sum(letters[c] for c in "ةإ"))
    return _softmax(scores)


def _softmax(scores: dict[str, float]) -> list[tuple[str, float]]:
    top = max(scores.values())
    weights = {code: math.exp(0.8 * (value - top)) for code, value in scores.items()}
    total = sum(weights.values())
    return sorted(((code, weight / total) for code, weight in weights.items()), key=lambda item: (-item[1], item[0]))[
        :5
    ]
