"""What a page says when no model is installed that could serve it: what to do, in one sentence and one command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from langsupport.engines.manifest import FIRST_MODELS
from langsupport.services.assembly import Services
from langsupport.web.pages.strings import N_
from langsupport.web.pages.translations import Catalogue

_TITLES = {
    "translation": N_("No translation model is installed yet."),
    "recognition": N_("No speech recognition model is installed yet."),
}
_TEXTS = {
    "translation": N_("Documents and texts can't be translated until the administrator installs one on the server:"),
    "recognition": N_("Recordings can't be captioned until the administrator installs one on the server:"),
}

Task = Literal["translation", "recognition"]


@dataclass(frozen=True, slots=True)
class Missing:
    title: str
    text: str
    command: str


def missing_model(services: Services, task: Task, words: Catalogue) -> Missing | None:
    """None if at least one installed model does the task."""
    manifests = services.store.manifests()
    if any(manifests[model].task == task for model in services.store.installed() if model in manifests):
        return None
    tr = words.gettext.gettext
    return Missing(tr(_TITLES[task]), tr(_TEXTS[task]), f"langsupport models install {FIRST_MODELS[task]}")
