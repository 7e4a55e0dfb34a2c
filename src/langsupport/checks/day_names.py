"""How the six languages write months and days of the week, as regular expressions."""

from __future__ import annotations

from collections.abc import Mapping

_MONTHS = {
    "en": r"Jan(?:uary|\.)? Feb(?:ruary|\.)? Mar(?:ch|\.)? Apr(?:il|\.)? May June?|Jun\. July?|Jul\. Aug(?:ust|\.)?"
    r" Sep(?:tember|t?\.|t)? Oct(?:ober|\.)? Nov(?:ember|\.)? Dec(?:ember|\.)?",
    "fr": r"janv(?:ier|\.) fé?e?vr(?:ier|\.) mars avr(?:il|\.) mai juin juill?(?:et|\.) ao[ûu]t sept(?:embre|\.)"
    r" oct(?:obre|\.) nov(?:embre|\.) d[ée]c(?:embre|\.)",
    "es": r"ene(?:ro|\.) feb(?:rero|\.) mar(?:zo|\.) abr(?:il|\.) mayo jun(?:io|\.) jul(?:io|\.) ago(?:sto|\.)"
    r" sep?t?(?:iembre|\.) oct(?:ubre|\.) nov(?:iembre|\.) dic(?:iembre|\.)",
    "ru": r"[Яя]нвар(?:[ьяюе]|[её]м) [Фф]еврал(?:[ьяюе]|[её]м) [Мм]арт(?:[ауе]|ом)? [Аа]прел(?:[ьяюе]|ем)"
    r" ма(?:[йяюе]|ем) [Ии]юн(?:[ьяюе]|ем) [Ии]юл(?:[ьяюе]|ем) [Аа]вгуст(?:[ауе]|ом)? [Сс]ентябр(?:[ьяюе]|[её]м)"
    r" [Оо]ктябр(?:[ьяюе]|[её]м) [Нн]оябр(?:[ьяюе]|[её]м) [Дд]екабр(?:[ьяюе]|[её]м)",
    "ar": r"يناير|كانون_الثاني|جانفي فبراير|شباط|فيفري مارس|آذار|اذار [أإا]بريل|نيسان|أفريل مايو|[أا]يار|ماي"
    r" يونيو|يونيه|حزيران|جوان يوليو|يوليه|تموز|جويلية|يوليوز [أا]غسطس|آب|أوت|غشت سبتمبر|[أا]يلول|شتنبر"
    r" [أا]كتوبر|تشرين_ال[أا]ول نوفمبر|تشرين_الثاني|نونبر|نوانبر ديسمبر|كانون_ال[أا]ول|دجنبر",
}

MONTHS: Mapping[str, Mapping[int, str]] = {
    code: {month: forms.replace("_", r"\s+") for month, forms in enumerate(line.split(" "), start=1)}
    for code, line in _MONTHS.items()
}
"""Month to its forms; in Arabic the names of the Nile, of the Levant and of the Maghreb. Chinese numbers its months."""

WORDS_ALIKE: Mapping[str, frozenset[str]] = {
    "en": frozenset({"may", "march", "mar", "jan", "jun", "dec", "oct", "nov", "sep", "sept", "apr", "jul", "aug"}),
    "fr": frozenset({"mars"}),
    "es": frozenset({"mar", "sept", "sep"}),
    "ar": frozenset({"مارس", "آب", "أوت", "ماي", "جوان"}),
}
"""What is another word, a name or an abbreviation too: a month only beside a day, a year or a word such as “in”."""

WEEKDAYS: Mapping[str, tuple[str, ...]] = {
    "en": ("Mondays?", "Tuesdays?", "Wednesdays?", "Thursdays?", "Fridays?", "Saturdays?", "Sundays?"),
    "fr": ("lundis?", "mardis?", "mercredis?", "jeudis?", "vendredis?", "samedis?", "dimanches?"),
    "es": ("lunes", "martes", "mi[ée]rcoles", "jueves", "viernes", "s[áa]bados?", "domingos?"),
    "ru": (
        "понедельник(?:[ауе]|ом|и|ам|ами|ах)?", "вторник(?:[ауе]|ом|и|ам|ами|ах)?", "сред[аыуе]|средам",
        "четверг(?:[ауе]|ом|и|ам)?", "пятниц(?:[аыуе]|ей|ам)", "суббот(?:[аыуе]|ой|ам)", "воскресень(?:[еюяи]|ем|ям)",
    ),
    "ar": ("ال[إا]ثنين", "الثلاثاء", "ال[أا]ربعاء", "الخميس", "الجمعة", "السبت", "ال[أا]حد"),
    "zh": ("一", "二", "三", "四", "五", "六", "[日天]"),
}  # fmt: skip
"""From Monday on."""
