"""/api/v1/text and /api/v1/detect: what is answered while the caller waits."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter

from langsupport.domain.accounts import Permission
from langsupport.text.identify import identify
from langsupport.web import texts
from langsupport.web.api.context import InContext, source_code
from langsupport.web.api.models import DetectBody, DetectRequest, TextBody, TextRequest
from langsupport.web.needs import needs

router = APIRouter(tags=["text"])


@router.post("/text", dependencies=[needs(Permission.MACHINE_USE)])
async def translate_text(context: InContext, request: TextRequest) -> TextBody:
    """Translate a text between any two of the six languages."""
    services = context.services
    wanted = texts.Text((request.text,), source_code(request.source), request.target, request.format == "html")
    wanted = texts.checked(wanted, services.settings.max_text_characters)
    done = await texts.translate(context.threads, services.inference, wanted)
    model = None if done.source == wanted.target else services.inference.serves(done.source, wanted.target)
    detected = done.identified is not None
    return TextBody(translation=done.texts[0], source=done.source, target=wanted.target, detected=detected, model=model)


@router.post("/detect", dependencies=[needs(Permission.MACHINE_USE)])
async def detect(context: InContext, request: DetectRequest) -> DetectBody:
    """Tell the language of a text."""
    texts.checked(texts.Text((request.text,), None, "en"), context.services.settings.max_text_characters)
    found = await context.threads.quick(partial(identify, request.text))
    return DetectBody(
        language=found.language, confidence=found.confidence, reported=found.reported, shares=dict(found.shares)
    )
