"""What the product itself says in caption files, in the language of the file."""

from __future__ import annotations

MACHINE_NOTES: dict[str, str] = {
    "ar": "ترجمة آلية لم تُراجَع",
    "zh": "机器翻译，未经审校",
    "en": "Machine translation, not reviewed",
    "fr": "Traduction automatique, non révisée",
    "ru": "Машинный перевод, не проверен",
    "es": "Traducción automática, no revisada",
}
"""The mark of a machine translation."""

MACHINE_NOTES_CORRECTED: dict[str, str] = {
    "ar": "ترجمة آلية صُحِّحت جزئياً",
    "zh": "机器翻译，部分经人工更正",
    "en": "Machine translation, corrected in part",
    "fr": "Traduction automatique, corrigée en partie",
    "ru": "Машинный перевод, частично исправлен",
    "es": "Traducción automática, corregida en parte",
}

TRANSCRIPT_NOTES: dict[str, str] = {
    "ar": "نص مدوَّن آلياً لم يُراجَع",
    "zh": "自动生成的记录，未经核对",
    "en": "Automatic transcript, not verified",
    "fr": "Transcription automatique, non vérifiée",
    "ru": "Автоматическая расшифровка, не проверена",
    "es": "Transcripción automática, no verificada",
}
"""The mark of a meeting's transcript in a language that was spoken."""

TRANSCRIPT_NOTES_CORRECTED: dict[str, str] = {
    "ar": "نص مدوَّن آلياً صُحِّح جزئياً",
    "zh": "自动生成的记录，部分经人工更正",
    "en": "Automatic transcript, corrected in part",
    "fr": "Transcription automatique, corrigée en partie",
    "ru": "Автоматическая расшифровка, частично исправлена",
    "es": "Transcripción automática, corregida en parte",
}

OFF_THE_RECORD: dict[str, str] = {
    "ar": "[خارج المحضر]",
    "zh": "[不列入记录]",
    "en": "[off the record]",
    "fr": "[hors procès-verbal]",
    "ru": "[не для протокола]",
    "es": "[fuera de acta]",
}
"""Stands where a stretch was deleted."""

TRANSCRIPT: dict[str, str] = {
    "ar": "محضر الكلام",
    "zh": "发言记录",
    "en": "Transcript",
    "fr": "Transcription",
    "ru": "Стенограмма",
    "es": "Transcripción",
}

LANGUAGE: dict[str, str] = {
    "ar": "اللغة",
    "zh": "语言",
    "en": "Language",
    "fr": "Langue",
    "ru": "Язык",
    "es": "Idioma",
}

SPOKEN: dict[str, str] = {
    "ar": "لغات الكلام",
    "zh": "发言语言",
    "en": "Spoken",
    "fr": "Langues parlées",
    "ru": "Звучали языки",
    "es": "Idiomas hablados",
}

DATE: dict[str, str] = {
    "ar": "التاريخ",
    "zh": "日期",
    "en": "Date",
    "fr": "Date",
    "ru": "Дата",
    "es": "Fecha",
}

CORRECTED_SIGN: dict[str, str] = {
    "ar": "صحَّحه شخص",
    "zh": "经人工更正",
    "en": "corrected by a person",
    "fr": "corrigé par une personne",
    "ru": "исправлено человеком",
    "es": "corregido por una persona",
}
"""What the sign beside a paragraph says."""

COLONS: dict[str, str] = {"ar": ": ", "zh": "：", "en": ": ", "fr": "\u00a0: ", "ru": ": ", "es": ": "}
"""Between a name and what it stands for."""
