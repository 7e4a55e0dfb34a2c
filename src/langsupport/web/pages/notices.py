"""Notices: what the reader is told of work that concerns them, and how they want it by e-mail."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langsupport.domain.accounts import Permission
from langsupport.domain.notices import Mail
from langsupport.services.visibility import sight
from langsupport.web.api.account import own
from langsupport.web.api.context import InContext
from langsupport.web.callers import own_form
from langsupport.web.needs import InCaller, needs
from langsupport.web.pages.notice_words import MAILS, link, sentence
from langsupport.web.pages.rendering import render, strings
from langsupport.web.pages.telling import told_by

router = APIRouter(include_in_schema=False, dependencies=[needs(Permission.TASKS_READ)])
FORM = Depends(own_form)


@router.get("/notices")
async def notices(request: Request, context: InContext, caller: InCaller) -> Response:
    person, of = own(caller), sight(caller)
    service, words = context.services.notices, strings(request)
    await context.threads.quick(partial(service.remember_language, person.id, words.language.code))
    found = await context.threads.quick(partial(service.list, person.id, of))
    return render(
        request,
        "notices.html",
        section="/notices",
        told=told_by(request),
        notices=[(one, sentence(words, one), link(one)) for one in found],
        address=person.email or "",
        mail=await context.threads.quick(partial(service.mail_of, person.id)),
        mails=MAILS,
        sends=bool(context.services.settings.mail.host),
    )


@router.post("/notices/read", dependencies=[FORM])
async def read(context: InContext, caller: InCaller) -> Response:
    await context.threads.quick(partial(context.services.notices.mark_read, own(caller).id))
    return RedirectResponse("/notices", 303)


@router.post("/notices/mail", dependencies=[FORM])
async def mail(context: InContext, caller: InCaller, mail: Annotated[Mail, Form()]) -> Response:
    await context.threads.quick(partial(context.services.notices.set_mail, own(caller).id, mail))
    return RedirectResponse("/notices?told=saved", 303)


__all__ = ["router"]
