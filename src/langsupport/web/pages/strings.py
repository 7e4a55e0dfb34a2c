"""Sentences that are not in a template: those that scripts show, and names of states and severities."""

from __future__ import annotations

from langsupport.web.pages.translations import Catalogue


def N_(text: str) -> str:
    return text


STATES = {
    "queued": N_("Waiting"),
    "reading": N_("Reading"),
    "recognizing": N_("Listening"),
    "translating": N_("Translating"),
    "done": N_("Ready"),
    "failed": N_("Failed"),
    "original": N_("Original"),
    "none": N_("Not requested"),
}

CELLS = {
    "none": N_("Not requested"),
    "failed": N_("Failed"),
    "queued": N_("Waiting"),
    "translating": N_("Translating"),
    "machine": N_("Machine"),
    "post-editing": N_("Being translated by people"),
    "revising": N_("Being revised"),
    "approved": N_("Approved"),
    "original": N_("Original"),
}
"""Of a document in one language, in the status table."""

RELATIONS = {
    "revision": N_("Revision"),
    "addendum": N_("Addendum"),
    "corrigendum": N_("Corrigendum"),
}

SEVERITIES = {
    "error": N_("Must be corrected"),
    "warning": N_("Should be checked"),
    "info": N_("For information"),
}

TASKS = {
    "translation": N_("Translation"),
    "recognition": N_("Speech recognition"),
}

ROLES = {
    "administrator": N_("Administrator"),
    "coordinator": N_("Coordinator"),
    "translator": N_("Translator"),
    "reviser": N_("Reviser"),
    "captioner": N_("Captioner"),
    "delegate": N_("Delegate"),
}

ROLES_MEAN = {
    "administrator": N_("everything, people and the audit trail too"),
    "coordinator": N_("meetings, documents, recordings and live sessions, deleting too"),
    "translator": N_("gives documents and translates"),
    "reviser": N_("gives documents and revises"),
    "captioner": N_("gives recordings and corrects captions"),
    "delegate": N_("reads, listens, downloads, translates texts"),
}

PERMISSIONS = {
    "documents:read": N_("Read documents"),
    "documents:write": N_("Give documents"),
    "documents:delete": N_("Delete documents"),
    "recordings:read": N_("Read recordings"),
    "recordings:write": N_("Give recordings"),
    "recordings:delete": N_("Delete recordings"),
    "captions:watch": N_("Watch live captions"),
    "captions:correct": N_("Correct live captions"),
    "captions:operate": N_("Run live sessions"),
    "machine:use": N_("Translate texts and recognize speech at once"),
    "memory:read": N_("Look into the translation memory"),
    "memory:write": N_("Change the translation memory"),
    "terms:read": N_("Look up terms"),
    "terms:write": N_("Change terms"),
    "tasks:read": N_("See the queue"),
    "tasks:work": N_("Take tasks, translate and revise"),
    "tasks:manage": N_("Send documents to people, assign tasks, set rules"),
    "meetings:read": N_("See meetings"),
    "meetings:write": N_("Change meetings"),
    "meetings:all": N_("See all confidential meetings"),
    "people:manage": N_("Manage people"),
    "audit:read": N_("Read the audit trail"),
    "webhooks:manage": N_("Manage webhooks"),
}

AUDIT_ACTIONS = {
    "sign-in": N_("Signed in"),
    "sign-in-failed": N_("Sign-in failed"),
    "sign-out": N_("Signed out"),
    "sign-ins-ended": N_("Signed out everywhere else"),
    "password": N_("Password set"),
    "invitation": N_("Link for a password made"),
    "person": N_("Person added"),
    "person-changed": N_("Person changed"),
    "person-disabled": N_("Person disabled"),
    "person-enabled": N_("Person enabled"),
    "token": N_("Token made"),
    "token-revoked": N_("Token revoked"),
    "meeting": N_("Meeting added"),
    "meeting-changed": N_("Meeting changed"),
    "meeting-list": N_("Meeting's list changed"),
    "meeting-deleted": N_("Meeting deleted"),
    "moved": N_("Moved to a meeting"),
    "download": N_("Confidential download"),
    "deleted": N_("Deleted"),
    "audit-export": N_("Audit trail exported"),
    "memory-import": N_("Translation memory imported"),
    "memory-export": N_("Translation memory exported"),
    "memory-deleted": N_("Unit of the translation memory deleted"),
    "terms-import": N_("Terms imported"),
    "terms-export": N_("Terms exported"),
    "term-deleted": N_("Term deleted"),
    "sent-to-people": N_("Sent to people"),
    "task": N_("Task changed"),
    "approved": N_("Approved"),
    "review-reopened": N_("Opened again after approval"),
    "queue-rule": N_("Rule of the queue changed"),
    "queue-rule-deleted": N_("Rule of the queue deleted"),
}

IN_SCRIPTS = (
    N_("Received. It is being worked on."),
    N_("Stopped."),
    N_("Stop"),
    N_("Close"),
    N_("Sending"),
    N_("Translating"),
    N_("Detected: {language}"),
    N_("Translated by {model}"),
    N_("Draft quality: for orientation only."),
    N_("Copied"),
    N_("Copy"),
    N_("Captions in {language}"),
    N_("Captions"),
    N_("Beside it"),
    N_("Nothing"),
    N_("Follow the playback"),
    N_("The server can't be reached. Check the connection and try again."),
    N_("Waiting"),
)


def script_messages(strings: Catalogue) -> dict[str, str]:
    """What a page hands to its scripts: English to the reader's language."""
    return {text: strings.gettext.gettext(text) for text in IN_SCRIPTS}
