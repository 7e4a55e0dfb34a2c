"""A small corpus in six languages that a very small model can learn: a number, a thing and a quality."""

from __future__ import annotations

import itertools
from pathlib import Path

THINGS = {
    "en": ("table", "report", "meeting", "country", "agenda"),
    "fr": ("la table", "le rapport", "la réunion", "le pays", "le programme"),
    "es": ("la mesa", "el informe", "la reunión", "el país", "el programa"),
    "ru": ("стол", "доклад", "встреча", "страна", "повестка"),
    "zh": ("桌子", "报告", "会议", "国家", "议程"),
    "ar": ("الطاولة", "التقرير", "الاجتماع", "البلد", "جدول الأعمال"),
}
SENTENCES = {
    "en": "Number {n} of the {thing} was adopted at {m} o'clock by all the members.",
    "fr": "Le numéro {n} de {thing} a été adopté à {m} heures par tous les membres.",
    "es": "El número {n} de {thing} fue aprobado a las {m} por todos los miembros.",
    "ru": "Номер {n}, {thing}, принят в {m} часов всеми членами.",
    "zh": "所有成员在{m}点通过了{thing}的第{n}号。",
    "ar": "اعتمد جميع الأعضاء رقم {n} من {thing} في الساعة {m}.",
}


def write_corpus(folder: Path, languages: tuple[str, ...] = ("ar", "es", "fr", "ru", "zh"), count: int = 1200) -> Path:
    """en-XX.tsv files with the tag `php-doc`, which the embedded recipe allows."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in languages:
        combinations = itertools.islice(itertools.product(range(1, 25), range(5), range(1, 25)), count)
        lines = [
            "\t".join(
                [
                    *(SENTENCES[code].format(n=n, m=m, thing=THINGS[code][k]) for code in ("en", language)),
                    "php-doc",
                ]
            )
            for n, k, m in combinations
        ]
        (folder / f"en-{language}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
