"""Languages in Latin letters."""

from __future__ import annotations

from collections import Counter

from langsupport.text.ngrams import WORD, ngram_scores, posterior

_PROFILES = frozenset(
    "af ca cs cy da de en es et fi fr hr hu id it lt lv nl no pl pt ro sk sl so sq sv sw tl tr vi".split()  # noqa: SIM905
)
_FOLLOWED = frozenset({"en", "fr", "es"})
_HEAD_START = 2.0
"""How much likelier one of ours is than any other language before a letter is read (log scale): our users mostly
write them."""
_TEMPER = 0.5
_WORD_WEIGHT, _LETTER_WEIGHT, _FOREIGN_WEIGHT = 1.5, 3.0, 1.0
_SMALL_WORDS = {
    "en": "the of and to in is are that for on with by as be this it which from or at an not was were has have "
    "shall should "
    "will its their may can all any been other these such between under there how what when where who we he she "
    "they you i",
    "fr": "le la les de du des et en un une est à au aux dans que qui pour par sur avec ce cette ces se sont pas "
    "ne plus ou "
    "il elle nous vous leur leurs son sa ses être été a ont fait mais comme si d l qu c s n j y",
    "es": "el la los las de del y en un una es a al que para por con se su sus no lo como más o este esta estos "
    "estas son ha "
    "han fue ser está sin sobre entre pero también e u si cuando donde muy hay sido desde hasta ni nadie todo toda "
    "todos todas tiene tienen sea será serán podrá podrán así sino cual según "
    "dicho dicha mismo misma",
    "pt": "os as de do da dos das em um uma é ao à que para por com se seu sua não no na nos nas mais ou como são foi "
    "ser está pelo pela entre também pode isso você ele ela",
    "it": "il lo la i gli le di del della dei delle e in un una è al alla che per con si suo sua non nel nella più "
    "o come "
    "sono è stato essere da dal dalla anche questo questa tra ma ha hanno degli",
    "ca": "el la els les de del dels i en un una és al als que per amb es seu seva no més o com són ha ser està "
    "aquest "
    "aquesta entre també però molt l d",
    "de": "der die das den dem des und in ist zu von mit für auf im ein eine einer eines nicht sich auch als an "
    "bei nach "
    "werden wird sind es aus zum zur oder dass über",
    "nl": "de het een van en in is op te dat voor met zijn die aan niet door als bij ook naar of uit worden wordt "
    "om er",
    "ro": "și în de la cu pe un o este sunt nu se că din pentru care mai sau al ale a fi fost prin",
}  # fmt: skip
_WORDS = {code: frozenset(words.split()) for code, words in _SMALL_WORDS.items()}
_LETTERS = {
    "es": "ñ¿¡", "pt": "ãõ", "ca": "·", "de": "ß", "fr": "œ", "ro": "țșă",
    "pl": "łżźśćńęą", "cs": "řůě", "tr": "ığş", "hu": "őű",
}  # fmt: skip
_FOREIGN_TO = {
    "en": "ãõßñçăâîșțłżřůğışőåøæðþœêèàùûïëôòìáíóúéäöüčšžćđńęąľťďňāēīūģķļņŗųėįő",
    "fr": "ãõßñășțłżřůğışőåøðþòìáíóúäöčšžćđńęąľťďňāēīūģķļņųėį",
    "es": "ãõßăâîșțłżřůğışőåøæðþœêèàùûëôòìäöčšžćđńęąçľťďňāēīģķļņųėį",
}
"""Letters that a language writes only in borrowed words and foreign names."""


def latin_languages(text: str) -> list[tuple[str, float]]:
    """Languages with their probabilities, the likeliest first; [] where no word can be read.

    Words in capitals are acronyms and names unless the whole text is in capitals.
    """
    shouting = text.upper() == text
    words = [word for word in WORD.findall(text) if shouting or not (len(word) > 1 and word.isupper())]
    if sum(map(len, words)) < 2:
        return []
    readable = " ".join(words)
    scores = ngram_scores(f" {readable.lower() if shouting else readable} ", _PROFILES)
    counts = Counter(word.lower() for word in words)
    letters = Counter(readable.lower())
    for code, small in _WORDS.items():
        scores[code] += _WORD_WEIGHT * sum(min(count, 20) for word, count in counts.items() if word in small)
    for code, own in _LETTERS.items():
        scores[code] += _LETTER_WEIGHT * sum(min(letters[c], 10) for c in own)
    for code, foreign in _FOREIGN_TO.items():
        scores[code] -= _FOREIGN_WEIGHT * sum(min(letters[c], 20) for c in foreign)
    for code in _FOLLOWED:
        scores[code] += _HEAD_START
    return posterior(scores, _TEMPER)
