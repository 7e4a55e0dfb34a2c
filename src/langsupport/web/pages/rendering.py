"""Templates: one Jinja environment for each interface language, and what every page has at hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_time, get_timezone
from babel.numbers import format_currency, format_decimal, format_percent
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from langsupport import __version__
from langsupport.domain.accounts import Permission
from langsupport.domain.budgets import from_micro
from langsupport.domain.languages import LANGUAGES, Language
from langsupport.web.callers import caller_of, form_token_of
from langsupport.web.pages import assets
from langsupport.web.pages.preferences import (
    LANGUAGE_COOKIE,
    Preferences,
    preferences,
    remember,
    with_query,
)
from langsupport.web.pages.strings import ROLES, ROLES_MEAN, script_messages
from langsupport.web.pages.translations import Catalogue, catalogue

TEMPLATES_DIR = Path(__file__).parent.parent / "templates"
BUSY_HEADER = "Langsupport-Busy"
"""Tells live.js whether the part of a page that it fetched will still change."""
_HOUSE_NAMES = {("ar", "en"): "الإنكليزية"}
"""Names of languages where the organizations' usage is another than CLDR's."""
_UNIT_NAMES: Mapping[str, tuple[str, ...]] = {
    "fr": ("o", "ko", "Mo", "Go", "To"),
    "ru": ("Б", "КБ", "МБ", "ГБ", "ТБ"),
    "ar": ("بايت", "كيلوبايت", "ميغابايت", "غيغابايت", "تيرابايت"),
}
_USUAL_UNIT_NAMES = ("B", "kB", "MB", "GB", "TB")


class Interface:
    """How one language writes numbers, sizes, dates and names; `ui` in the templates."""

    def __init__(self, strings: Catalogue) -> None:
        self.strings = strings
        self.language: Language = strings.language
        self.locale: Locale = strings.locale
        self.languages = LANGUAGES
        self.roles = ROLES
        self.roles_mean = ROLES_MEAN
        self.arrow = "←" if self.language.direction == "rtl" else "→"
        self.list_comma = {"ar": "، ", "zh": "、"}.get(self.language.code, ", ")

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self.locale)

    def score(self, value: float) -> str:
        return format_decimal(value, format="0.0", locale=self.locale)

    def money(self, micro: int, currency: str) -> str:
        """Of millionths of a currency."""
        return format_currency(from_micro(micro), currency, locale=self.locale)

    def percent(self, part: float, whole: float) -> str:
        return format_percent(min(part / whole, 1) if whole else 0, locale=self.locale)

    def size(self, size_bytes: int) -> str:
        """In steps of 1024, as the limits are stated."""
        names = _UNIT_NAMES.get(self.language.code, _USUAL_UNIT_NAMES)
        value, unit = float(size_bytes), 0
        while value >= 1024 and unit < len(names) - 1:
            value, unit = value / 1024, unit + 1
        digits = "0" if unit == 0 or value >= 10 else "0.#"
        return f"{format_decimal(value, format=digits, locale=self.locale)}\u00a0{names[unit]}"

    def when(self, moment: datetime) -> str:
        """Short, on the server's clock: the time for today, the date with the time for other days."""
        here = moment.astimezone(get_timezone())
        if here.date() == datetime.now(UTC).astimezone(get_timezone()).date():
            return format_time(here, "short", tzinfo=here.tzinfo, locale=self.locale)
        return format_date(here, "medium", locale=self.locale)

    def moment(self, moment: datetime) -> str:
        here = moment.astimezone(get_timezone())
        day = format_date(here, "long", locale=self.locale)
        comma = "،" if self.language.code == "ar" else ","
        return f"{day}{comma} {format_time(here, 'short', tzinfo=here.tzinfo, locale=self.locale)}"

    def day(self, day: date) -> str:
        return format_date(day, "long", locale=self.locale)

    def clock(self, time_ms: int) -> str:
        """1:02:03 or 02:03, as players show it."""
        seconds = time_ms // 1000
        hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"

    def name(self, code: str) -> str:
        """A language's name in the interface's language: “français” in French, “French” in English."""
        name = _HOUSE_NAMES.get((self.language.code, code)) or self.locale.languages.get(code) or code
        return name[:1].upper() + name[1:]

    def endonym(self, code: str) -> str:
        return LANGUAGES[code].endonym if code in LANGUAGES else self.name(code)

    def explain(self, record: Any) -> str:
        """The sentence of an error, a problem or a finding, in the interface's language."""
        return self.strings.explain(record.template, record.fields)


@lru_cache(maxsize=len(LANGUAGES))
def environment(code: str) -> Environment:
    strings = catalogue(code)
    made = Environment(
        loader=FileSystemLoader(TEMPLATES_DIR),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(strings.gettext, newstyle=True)  # type: ignore[attr-defined]
    ui = Interface(strings)
    names = {f"language:{known}": ui.name(known) for known in LANGUAGES}
    made.globals.update(
        ui=ui, asset=assets.address, version=__version__, script_strings={**script_messages(strings), **names}
    )
    made.filters["isolate"] = isolate
    return made


def isolate(text: object) -> Markup:
    """Text of unknown direction (a file name, a model) that must not disturb the line around it."""
    return Markup("<bdi>{}</bdi>").format(text)


def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page, or a part of one, in the reader's language."""
    chosen = preferences(request)
    response = HTMLResponse(render_text(request, chosen, template, context), status)
    response.headers["Content-Language"] = LANGUAGES[chosen.language].bcp47
    response.headers["Vary"] = "Accept-Language, Cookie"
    response.headers["Cache-Control"] = "no-store"
    if "busy" in context:
        response.headers[BUSY_HEADER] = "yes" if context["busy"] else "no"
    if request.query_params.get("lang") in LANGUAGES:
        remember(response, request, LANGUAGE_COOKIE, chosen.language)
    return response


def render_text(request: Request, chosen: Preferences, template: str, context: Mapping[str, Any]) -> str:
    return (
        environment(chosen.language)
        .get_template(template)
        .render(
            theme=chosen.theme,
            path=request.url.path,
            here=with_query(request),
            in_language=lambda code: with_query(request, lang=code),
            **_of_caller(request),
            **context,
        )
    )


def _of_caller(request: Request) -> dict[str, Any]:
    """What pages ask of who looks at them: `may("documents:write")`, the signed-in person, what forms carry."""
    caller = caller_of(request)
    return {
        "may": lambda permission: caller is not None and caller.may(Permission(permission)),
        "me": caller.person if caller is not None else None,
        "form_token": form_token_of(request),
    }


def strings(request: Request) -> Catalogue:
    return catalogue(preferences(request).language)
