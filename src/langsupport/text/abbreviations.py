"""Abbreviations of meeting documents, one table per language, in the manner of SRX exceptions.

To teach the splitter an abbreviation, add it (lower case, without its stop) to the right column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """`before_anything`: never ends a sentence (titles, "e.g."). `before_name`: ends one only before a word that begins
    sentences ("Inc.", "EE. UU."). `before_number`: doesn't when a number or a letter
    follows ("No. 5", but "He said no."). `after_number`: may end one after a number ("в 2016 г. Он"), else belongs to
    the word that follows ("г. Москва"). `dotted_final` may end a sentence whatever follows ("т. д.");
    `dotted_inner` never does ("p. ex."); other dotted groups end one only before `starters`, words that begin
    sentences more often than they follow a name. `letter_nouns` are followed by a letter that is not an initial.
    """

    before_anything: frozenset[str]
    before_name: frozenset[str]
    before_number: frozenset[str]
    after_number: frozenset[str]
    dotted_final: frozenset[str]
    dotted_inner: frozenset[str]
    starters: frozenset[str]
    letter_nouns: frozenset[str]


def _row(
    before_anything: str,
    before_name: str,
    before_number: str,
    after_number: str,
    dotted_final: str,
    dotted_inner: str,
    starters: str,
    letter_nouns: str,
) -> Abbreviations:
    columns = (
        before_anything,
        before_name,
        before_number,
        after_number,
        dotted_final,
        dotted_inner,
        starters,
        letter_nouns,
    )
    return Abbreviations(*(frozenset(column.split()) for column in columns))


ANYWHERE = frozenset({"mr", "mrs", "ms", "dr", "st", "vs"})
"""Titles that English names keep in every language."""

ABBREVIATIONS: Mapping[str, Abbreviations] = {
    "en": _row(
        before_anything="mr mrs ms dr prof messrs sen rep gen col capt lt sgt maj gov amb hon rev st mt ft vs viz "
        "cf approx "
        "incl resp dept assn univ cit esp est sens reps det supt insp e.g i.e eg ie al v",
        before_name="inc ltd co corp jr sr us uk llc plc",
        before_number="no nos para paras art arts rec recs res dec doc docs fig figs tab sec sect secs ch chap p "
        "pp vol vols "
        "ed eds pt cl reg sched app add corr amend suppl ref refs eq eqs ex ext tel item jan feb mar apr jun jul "
        "aug sept sep "
        "oct nov dec ver v n fr usd eur chf art. rule resol cap",
        after_number="",
        dotted_final="",
        dotted_inner="eg ie cf viz",
        starters="the a an in on at it its he she they we you i this that these those there but and however if "
        "when as for "
        "after before while since with from by to not no all some many most one two his her their our who what "
        "where why how "
        "although because both during each",
        letter_nouns="annex appendix group table class type section part vitamin hepatitis influenza option plan "
        "point team "
        "category level model phase zone block exhibit schedule track question attachment",
    ),
    "fr": _row(
        before_anything="m mm mme mmes mlle mlles dr drs pr prof me mgr v c st ste cf env ex etc- resp boul av min "
        "max vs",
        before_name="inc jc sa sarl cie",
        before_number="no nos n° art al par p pp vol chap fig tabl tab sect éd doc rec rés déc ann réf add corr "
        "suppl tél ch t "
        "janv févr fév juill sept oct nov déc ibid op item pt num rév rev amend",
        after_number="",
        dotted_final="",
        dotted_inner="pex cad càd",
        starters="le la les l un une des ce cet cette ces il elle ils elles on nous vous je en dans à au aux pour "
        "par sur mais "
        "et or donc si quand lorsque après avant depuis selon avec sans leur leurs son sa ses cependant toutefois c d",
        letter_nouns="annexe appendice groupe tableau classe type section partie vitamine hépatite option plan "
        "point catégorie "
        "niveau modèle phase zone question",
    ),
    "es": _row(
        before_anything="ee ff sr sra sres sras srta dr dra dres prof profa d dña lic ing arq gral cnel cap mons "
        "excmo "
        "excma ilmo ilma "
        "sto sta avda ud uds vd cf aprox incl vs pdte fdo p.ej ej",
        before_name="uu inc cía sa ltda",
        before_number="núm núms num no n.º nº art arts párr párrs parr pág págs pag p pp vol vols cap caps fig "
        "figs tab secc sec ed "
        "eds doc docs rec res dec ap apdo inc add corr supl ref refs tel ene feb mar abr jun jul ago sept sep oct "
        "nov dic rev "
        "anexo punto enm",
        after_number="",
        dotted_final="ac dc",
        dotted_inner="pej",
        starters="el la los las un una unos unas en a al por para con sin sobre de del se su sus este esta estos "
        "estas ese esa "
        "pero y si no cuando como después antes según desde hasta durante aunque además sin él ella ellos ellas lo "
        "le hay es son",
        letter_nouns="anexo apéndice grupo tabla cuadro clase tipo sección parte vitamina hepatitis opción plan "
        "punto categoría "
        "nivel modelo fase zona cuestión",
    ),
    "ru": _row(
        before_anything="см ср дж св англ напр т.е т.к т.н т.о проф акад доц канд д-р г-н г-жа гр тов им св ул пр "
        "просп пер "
        "пл обл р-н пос "
        "дер кв корп стр- мин ст- англ фр нем исп лат рус кит араб франц соотв сокр букв зам нач ген полк кап "
        "изд-во итал "
        "яп порт греч рожд",
        before_name="долл млрд млн тыс",
        before_number="ст п пп пункт подп гл разд ч рис табл стр с том т вып изд док рез рек реш прил доп испр "
        "поправ абз черт "
        "ном сер кн тел янв фев февр мар апр июн июл авг сен сент окт ноя нояб дек илл прим форм ур",
        after_number="г гг в вв руб коп трлн экз чел кг км см- мм час мин- сек долл",
        dotted_final="тд тп др пр нэ",
        dotted_inner="те тк тн то",
        starters="в на и но а с по при для из от до к у о об за под над он она оно они мы вы я это этот эта эти "
        "тот та те все "
        "как если когда после также однако кроме согласно так что его её ее их не",
        letter_nouns="приложение приложении группа группе группы таблица таблице класс тип раздел раздела часть "
        "витамин витамина "
        "гепатит гепатита вариант пункт категория категории категориям уровень модель фаза зона вопрос",
    ),
    "ar": _row(
        before_anything="د أ م أ.د السيد",
        before_name="",
        before_number="رقم ص ج ف ط ع مج فق ق",
        after_number="",
        dotted_final="",
        dotted_inner="أد",
        starters="the a in on it",
        letter_nouns="",
    ),
    "zh": _row(
        before_anything="mr mrs ms dr prof vs st e.g i.e",
        before_name="inc ltd co corp jr",
        before_number="no nos p pp vol fig art rec doc res para ch sec",
        after_number="",
        dotted_final="",
        dotted_inner="eg ie",
        starters="the a in on it",
        letter_nouns="",
    ),
}
"""Words are compared in lower case."""
