"""The mark that a machine rendition carries, in the rendition's own language."""

from __future__ import annotations

from langsupport.formats import Mark

_SENTENCE = {
    "ar": "ترجمة آلية غير رسمية عن {language}، لم يراجعها مترجم.",
    "zh": "非正式机器翻译，译自{language}，未经人工审校。",
    "en": "Unofficial machine translation from {language}, not reviewed by a translator.",
    "fr": "Traduction automatique non officielle {language}, non révisée par un traducteur.",
    "ru": "Неофициальный машинный перевод {language}, не проверен переводчиком.",
    "es": "Traducción automática no oficial {language}, no revisada por un traductor.",
}

_FROM = {
    "ar": {"ar": "العربية", "zh": "الصينية", "en": "الإنكليزية", "fr": "الفرنسية", "ru": "الروسية", "es": "الإسبانية"},
    "zh": {"ar": "阿拉伯文", "zh": "中文", "en": "英文", "fr": "法文", "ru": "俄文", "es": "西班牙文"},
    "en": {"ar": "Arabic", "zh": "Chinese", "en": "English", "fr": "French", "ru": "Russian", "es": "Spanish"},
    "fr": {
        "ar": "de l’arabe", "zh": "du chinois", "en": "de l’anglais",
        "fr": "du français", "ru": "du russe", "es": "de l’espagnol",
    },
    "ru": {
        "ar": "с арабского", "zh": "с китайского", "en": "с английского",
        "fr": "с французского", "ru": "с русского", "es": "с испанского",
    },
    "es": {
        "ar": "del árabe", "zh": "del chino", "en": "del inglés",
        "fr": "del francés", "ru": "del ruso", "es": "del español",
    },
}  # fmt: skip


def machine_mark(source: str, target: str) -> Mark:
    """“Unofficial machine translation from …” in the target language; a person's approval removes it."""
    return Mark(
        text=_SENTENCE[target].format(language=_FROM[target][source]), state="machine translation, not reviewed"
    )
