"""The interface's strings in six languages: gettext catalogues, read from the .po files once at start.

There is no build step: a catalogue is compiled in memory. Sentences of errors and findings are strings of the
catalogues too (their templates are collected from the source by catalogue.py), so a reader gets them in her language.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from langsupport.domain.languages import LANGUAGES, Language

DOMAIN = "langsupport"
LOCALE_DIR = Path(__file__).parent.parent / "locale"

LOCALES: Mapping[str, str] = {"ar": "ar", "zh": "zh_Hans_CN", "en": "en", "fr": "fr", "ru": "ru", "es": "es"}
"""Language code to CLDR locale for dates, numbers and plurals."""

LANGUAGE_FIELDS = frozenset({"language", "reported", "heard", "source", "target"})
"""Fields of sentences that name a language."""
_CODES_BY_NAME = {record.english_name: code for code, record in LANGUAGES.items()}
_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Catalogue:
    """One interface language: its record, its CLDR locale, its strings."""

    language: Language
    locale: Locale
    gettext: GNUTranslations

    def explain(self, template: str, fields: Mapping[str, Any]) -> str:
        """The sentence of an error or a finding. Where a field is itself a sentence of ours, it is translated too."""
        told = {name: self._field(name, value) for name, value in fields.items()}
        return _fill(self._sentence(template), told)

    def _sentence(self, template: str) -> str:
        return self.gettext.gettext(template) if template else ""

    def _field(self, name: str, value: object) -> object:
        if not isinstance(value, str) or not value:
            return value
        if name in LANGUAGE_FIELDS:
            return self._language(value)
        translated = self._sentence(value)
        return translated if translated != value else self._from_pattern(value)

    def _language(self, value: str) -> str:
        """A code (`fr`, `pt`) or an English name in this language; anything else as it is."""
        code = _CODES_BY_NAME.get(value, value)
        return str(self.locale.languages.get(code.replace("-", "_"), value))

    def _from_pattern(self, value: str) -> str:
        """A sentence that was put together before it reached us, by the templates it can have come from."""
        for pattern, template in self._patterns:
            found = pattern.fullmatch(value)
            if found:
                told = {
                    name: self._language(text) if name in LANGUAGE_FIELDS else self._sentence(text)
                    for name, text in found.groupdict().items()
                }
                return _fill(self._sentence(template), told)
        return value

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        known = [key for key in _message_ids(self.gettext) if _FIELD.search(key) and _FIELD.sub("", key).strip(" :.")]
        return [(_pattern(key), key) for key in sorted(known, key=len, reverse=True)]


def _message_ids(translations: GNUTranslations) -> list[str]:
    entries: Mapping[Any, str] = getattr(translations, "_catalog", {})
    return [key for key in entries if isinstance(key, str) and key]


def _pattern(template: str) -> re.Pattern[str]:
    """Matches what filling the template can give. A field that comes twice must hold the same both times."""
    seen: set[str] = set()
    parts: list[str] = []
    for index, part in enumerate(_FIELD.split(template)):
        if index % 2 == 0:
            parts.append(re.escape(part))
        elif part in seen:
            parts.append(f"(?P={part})")
        else:
            seen.add(part)
            parts.append(f"(?P<{part}>.+?)")
    return re.compile("".join(parts), re.DOTALL)


def _fill(template: str, fields: Mapping[str, object]) -> str:
    """Fill in the fields; one that is not given stays visible by its name rather than hiding the sentence."""
    return _FIELD.sub(lambda found: str(fields.get(found[1], found[0])), template)


def read_catalogue(path: Path) -> GNUTranslations:
    with path.open("rb") as stream:
        catalogue = read_po(stream, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def catalogue_path(code: str) -> Path:
    return LOCALE_DIR / code / "LC_MESSAGES" / f"{DOMAIN}.po"


@lru_cache(maxsize=len(LOCALES))
def catalogue(code: str) -> Catalogue:
    """The catalogue of one of the six languages."""
    return Catalogue(LANGUAGES[code], Locale.parse(LOCALES[code]), read_catalogue(catalogue_path(code)))
