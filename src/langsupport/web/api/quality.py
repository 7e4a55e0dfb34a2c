"""/api/v1/quality: figures of approved work. Everybody sees their own; the rest is as the setting `figures` says."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from langsupport.domain.accounts import Permission
from langsupport.domain.quality import ErrorCategory, ErrorSeverity, Figures, Quality
from langsupport.services.quality import Pair
from langsupport.services.visibility import sight
from langsupport.web.api.context import InContext
from langsupport.web.needs import InCaller, needs

router = APIRouter(prefix="/quality", tags=["tasks"])

MOST_DAYS = 3_660


class ErrorBody(BaseModel):
    category: ErrorCategory
    severity: ErrorSeverity
    count: int


class LineBody(BaseModel):
    """One pair of languages. Rates lie between 0 and 1; null where there is nothing to say."""

    source: str
    target: str
    segments: int
    words: int
    words_per_hour: float | None
    machine_changed: float | None = Field(description="edit rate from what the machine proposed to the translation")
    revised: float | None = Field(description="edit rate from the translation to what was approved")
    penalty: float | None = Field(description="MQM penalty points for a thousand words")
    errors: list[ErrorBody]


class PersonBody(BaseModel):
    person_id: str
    name: str = Field(description="empty of somebody who is gone")
    lines: list[LineBody]


class QualityBody(BaseModel):
    shown: Figures
    days: int
    partial: bool = Field(description="there is more than was looked at; the newest is in it")
    lines: list[LineBody]
    people: list[PersonBody] = Field(description="by translator, where the setting shows them")


@router.get("", dependencies=[needs(Permission.TASKS_MANAGE)])
async def report(
    context: InContext, caller: InCaller, days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 90
) -> QualityBody:
    """What was approved in the last days."""
    quality = context.services.quality
    found = await context.threads.convert(partial(quality.report, days, sight(caller)))
    people = [PersonBody(person_id=id, name=one.name, lines=_lines(one.by_pair)) for id, one in found.by_person.items()]
    return QualityBody(
        shown=quality.shown, days=days, partial=found.partial, lines=_lines(found.by_pair), people=people
    )


@router.get("/own", dependencies=[needs(Permission.TASKS_WORK)])
async def own(
    context: InContext, caller: InCaller, days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 90
) -> list[LineBody]:
    """Of what the caller translated."""
    return _lines(await context.threads.convert(partial(context.services.quality.own, days, caller.person_id or "")))


def _lines(by_pair: Mapping[Pair, Quality]) -> list[LineBody]:
    return [_line(source, target, quality) for (source, target), quality in sorted(by_pair.items())]


def _line(source: str, target: str, quality: Quality) -> LineBody:
    errors = [
        ErrorBody(category=category, severity=severity, count=count)
        for (category, severity), count in sorted(quality.marks.items())
    ]
    return LineBody(
        source=source,
        target=target,
        segments=quality.segments,
        words=quality.words,
        words_per_hour=quality.words_per_hour,
        machine_changed=quality.machine.rate,
        revised=quality.revised.rate,
        penalty=quality.penalty,
        errors=errors,
    )


__all__ = ["router"]
