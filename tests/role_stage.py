"""Who may use which route: the table, and a stage on which each can be asked by each. A new route is entered here."""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from accounts import BY, add, token_of
from langsupport.services.account_records import OPEN, Person, SignInMethod
from langsupport.services.assembly import Services
from langsupport.services.document_rows import new_id
from langsupport.services.meetings import MeetingAsked
from langsupport.services.schema import review_segments, reviews, tasks
from langsupport.services.schema_accounts import sign_ins
from langsupport.services.secrets_at_rest import form_token
from langsupport.services.settings import AccountSettings
from langsupport.web.callers import COOKIE
from langsupport.web.compat.libretranslate import ProgramRoute
from live_faces import LiveServer, cue, live_server, run, socket_status

ROLES = frozenset({"administrator", "coordinator", "translator", "reviser", "captioner", "delegate"})
NOBODY = frozenset({"anonymous", "disabled", "expired", "revoked"})
"""Who is told to sign in: no cookie; a disabled person's; one whose time is over; a revoked token."""
CALLERS = sorted(ROLES | NOBODY | {"unscoped"})
"""`unscoped`: an administrator's token whose only scope (audit:read, or machine:use) the route doesn't ask for."""

ANYBODY = ROLES | NOBODY | {"unscoped"}
SIGNED_IN = ROLES | {"unscoped"}
IN_PERSON = ROLES
ALL = ROLES
GIVE_DOCUMENTS = frozenset({"administrator", "coordinator", "translator", "reviser"})
GIVE_RECORDINGS = frozenset({"administrator", "coordinator", "captioner"})
CORRECT = frozenset({"administrator", "coordinator", "captioner"})
COORDINATE = frozenset({"administrator", "coordinator"})
TRANSLATE = frozenset({"administrator", "translator", "reviser"})
ADMINISTER = frozenset({"administrator"})

API = "/api/v1"
MATRIX: dict[frozenset[str], str] = {
    ANYBODY: """
        GET /healthz
        GET /static/{path:path}
        GET /sign-in
        POST /sign-in
        POST /sign-out
        GET /sign-in/provider
        GET /sign-in/provider/answer
        GET /welcome
        POST /welcome
        POST /preferences
        POST /explain
        GET /live/join
        GET /live/widget.js
    """,
    SIGNED_IN: """
        GET /openapi.json
        GET /docs
        GET /about
        GET /documents
        GET /languages
        GET /api/v1/languages
        GET /api/v1/models
        GET /api/v1/account
        GET /v1/models
        GET /v1/models/{model}
    """,
    IN_PERSON: """
        GET /account
        POST /account/password
        POST /account/tokens
        POST /account/tokens/{token}/revoke
        POST /account/sign-ins/{sign_in}/end
        POST /account/sign-ins/end-others
        PUT /api/v1/account/password
        GET /api/v1/account/sign-ins
        DELETE /api/v1/account/sign-ins
        DELETE /api/v1/account/sign-ins/{sign_in}
        GET /api/v1/account/tokens
        POST /api/v1/account/tokens
        DELETE /api/v1/account/tokens/{token}
        GET /
        GET /documents/{document}
        GET /documents/{document}/report/{language}
        GET /api/v1/documents
        GET /api/v1/documents/{document}
        GET /api/v1/documents/{document}/lineage
        GET /api/v1/documents/{document}/events
        GET /api/v1/documents/{document}/source
        GET /api/v1/documents/{document}/renditions/{language}
        GET /api/v1/documents/{document}/renditions/{language}/findings
        GET /recordings
        GET /recordings/{recording}
        GET /recordings/{recording}/track/{language}.vtt
        GET /api/v1/recordings
        GET /api/v1/recordings/{recording}
        GET /api/v1/recordings/{recording}/events
        GET /api/v1/recordings/{recording}/transcripts/{language}.{extension}
        GET /api/v1/recordings/{recording}/media
        GET /text
        POST /text
        POST /api/v1/text
        POST /api/v1/detect
        POST /translate
        POST /detect
        GET /languages as a program
        GET /frontend/settings
        POST /translate_file
        GET /download_file/{token}/{name}
        POST /v1/audio/transcriptions
        POST /v1/audio/translations
        GET /meetings
        GET /meetings/{meeting}
        GET /api/v1/meetings
        GET /api/v1/meetings/{meeting}
        GET /api/v1/terms
        POST /api/v1/terms/lookup
        GET /api/v1/terms/export.{extension}
        GET /live
        GET /live/{session}
        GET /live/{session}/embed
        GET /live/{session}/projector
        GET /live/{session}/overlay
        GET /live/{session}/replay
        GET /api/v1/sessions
        GET /api/v1/sessions/{session}
        GET /api/v1/sessions/{session}/marks
        SOCKET /api/v1/sessions/{session}/captions
        GET /api/v1/sessions/{session}/captions/events
        GET /api/v1/sessions/{session}/captions/{track}
        GET /api/v1/sessions/{session}/hls/{track}.m3u8
        GET /api/v1/sessions/{session}/hls/{track}/{number}.vtt
        GET /api/v1/sessions/{session}/transcripts/{track}.{extension}
        GET /api/v1/sessions/{session}/audio/{channel}
    """,
    GIVE_DOCUMENTS: """
        GET /queue
        GET /status
        GET /notices
        POST /notices/read
        POST /notices/mail
        GET /api/v1/notices
        GET /api/v1/notices/unread
        POST /api/v1/notices/read
        GET /api/v1/notices/mail
        PUT /api/v1/notices/mail
        GET /api/v1/status
        GET /api/v1/status/table.{extension}
        POST /documents/{document}/describe
        POST /documents/{document}/following
        PATCH /api/v1/documents/{document}
        GET /reviews/{review}
        GET /reviews/{review}/files
        GET /api/v1/reviews/{review}/package.xlf
        GET /api/v1/reviews/{review}/table.{extension}
        GET /api/v1/reviews/{review}/document
        GET /api/v1/reviews/{review}/document.pdf
        GET /api/v1/reviews/{review}/preview
        GET /api/v1/reviews/{review}/preview/{page}.png
        GET /quality
        GET /api/v1/tasks
        GET /api/v1/tasks/{task}
        GET /api/v1/documents/{document}/reviews
        GET /api/v1/reviews/{review}
        GET /api/v1/reviews/{review}/findings
        GET /api/v1/reviews/{review}/segments
        GET /api/v1/reviews/{review}/segments/{number}
        GET /api/v1/reviews/{review}/segments/{number}/history
        GET /api/v1/reviews/{review}/segments/{number}/matches
        GET /api/v1/reviews/{review}/segments/{number}/terms
        GET /api/v1/reviews/{review}/events
        POST /api/v1/reviews/{review}/segments/{number}/comments
        POST /documents
        POST /documents/{document}/retry
        POST /api/v1/documents
        POST /api/v1/documents/{document}/retry
        POST /api/v1/documents/{document}/cancel
        POST /api/v1/memory/search
        POST /api/v1/memory/concordance
    """,
    TRANSLATE: """
        POST /reviews/{review}/files
        POST /api/v1/reviews/{review}/package
        POST /queue/{task}/moves
        POST /api/v1/tasks/{task}/claim
        POST /api/v1/tasks/{task}/hand-back
        POST /api/v1/tasks/{task}/complete
        PUT /api/v1/reviews/{review}/segments/{number}/draft
        DELETE /api/v1/reviews/{review}/segments/{number}/draft
        POST /api/v1/reviews/{review}/segments/{number}/check
        POST /api/v1/reviews/{review}/segments/{number}/confirm
        POST /api/v1/reviews/{review}/segments/{number}/reopen
        POST /api/v1/reviews/{review}/segments/{number}/join
        POST /api/v1/reviews/{review}/segments/{number}/split
        POST /api/v1/reviews/{review}/segments/{number}/send-back
        POST /api/v1/reviews/{review}/segments/{number}/dismiss
        POST /api/v1/reviews/{review}/segments/{number}/marks
        DELETE /api/v1/reviews/{review}/segments/{number}/marks/{mark}
        GET /api/v1/quality/own
    """,
    CORRECT: """
        POST /recordings
        POST /recordings/{recording}/retry
        POST /api/v1/recordings
        POST /api/v1/recordings/{recording}/retry
        POST /api/v1/recordings/{recording}/cancel
        GET /live/{session}/captioner
        GET /live/corrections
        POST /live/corrections/{correction}/moves
        GET /api/v1/corrections
        POST /api/v1/corrections/{correction}/claim
        POST /api/v1/corrections/{correction}/hand-back
        POST /api/v1/corrections/{correction}/complete
        PUT /api/v1/sessions/{session}/glossary
        POST /api/v1/sessions/{session}/marks
        PATCH /api/v1/sessions/{session}/marks/{mark}
        DELETE /api/v1/sessions/{session}/marks/{mark}
        GET /api/v1/sessions/{session}/status
        PUT /api/v1/sessions/{session}/captions/{track}/{cue}
        DELETE /api/v1/sessions/{session}/captions/{track}/{cue}
        GET /api/v1/sessions/{session}/captions/{track}/{cue}/history
    """,
    COORDINATE: """
        GET /queue/{task}
        POST /queue/{task}
        GET /budget
        GET /api/v1/quality
        POST /budget/rates
        POST /budget/rates/{rate}/delete
        GET /api/v1/budget
        GET /api/v1/budget/rates
        PUT /api/v1/budget/rates
        DELETE /api/v1/budget/rates/{rate}
        GET /queue/rules
        POST /queue/rules
        POST /queue/rules/{rule}/moves
        GET /documents/{document}/people
        POST /documents/{document}/people
        POST /reviews/{review}/call-off
        POST /reviews/{review}/reopen
        PATCH /api/v1/tasks/{task}
        POST /api/v1/tasks/{task}/assign
        POST /api/v1/tasks/{task}/split
        POST /api/v1/documents/{document}/reviews
        POST /api/v1/reviews/{review}/call-off
        POST /api/v1/reviews/{review}/reopen
        POST /api/v1/reviews/{review}/approve
        GET /api/v1/queue-rules
        POST /api/v1/queue-rules
        PUT /api/v1/queue-rules/order
        PUT /api/v1/queue-rules/{rule}
        DELETE /api/v1/queue-rules/{rule}
        POST /documents/{document}/delete
        DELETE /api/v1/documents/{document}
        PUT /api/v1/documents/{document}/meeting
        POST /recordings/{recording}/delete
        DELETE /api/v1/recordings/{recording}
        PUT /api/v1/recordings/{recording}/meeting
        GET /meetings/new
        POST /meetings
        GET /meetings/{meeting}/edit
        POST /meetings/{meeting}
        POST /meetings/{meeting}/delete
        POST /meetings/{meeting}/members
        POST /meetings/{meeting}/members/{person}/remove
        POST /api/v1/meetings
        PUT /api/v1/meetings/{meeting}
        DELETE /api/v1/meetings/{meeting}
        GET /api/v1/meetings/{meeting}/members
        POST /api/v1/meetings/{meeting}/members
        DELETE /api/v1/meetings/{meeting}/members/{person}
        GET /live/new
        POST /live/new
        GET /live/{session}/console
        GET /live/{session}/speak
        GET /live/{session}/links
        POST /live/{session}/links
        POST /live/{session}/links/{grant}/revoke
        POST /live/{session}/moves
        POST /live/{session}/delete
        POST /live/{session}/second-pass
        POST /live/{session}/documents
        POST /live/{session}/corrections
        POST /api/v1/sessions/{session}/corrections
        GET /api/v1/sessions/{session}/corrections
        POST /api/v1/corrections/{correction}/call-off
        POST /api/v1/sessions
        PATCH /api/v1/sessions/{session}
        DELETE /api/v1/sessions/{session}
        PUT /api/v1/sessions/{session}/meeting
        POST /api/v1/sessions/{session}/start
        POST /api/v1/sessions/{session}/pause
        POST /api/v1/sessions/{session}/resume
        POST /api/v1/sessions/{session}/end
        POST /api/v1/sessions/{session}/off-record
        POST /api/v1/sessions/{session}/on-record
        PUT /api/v1/sessions/{session}/agenda
        PATCH /api/v1/sessions/{session}/channels/{channel}
        PUT /api/v1/sessions/{session}/channels/{channel}
        PATCH /api/v1/sessions/{session}/tracks/{track}
        PUT /api/v1/sessions/{session}/channels/{channel}/source
        DELETE /api/v1/sessions/{session}/channels/{channel}/source
        GET /api/v1/sessions/{session}/audit
        SOCKET /api/v1/sessions/{session}/channels/{channel}/audio
        POST /api/v1/sessions/{session}/second-pass
        POST /api/v1/sessions/{session}/documents
        GET /api/v1/sessions/{session}/documents
        GET /api/v1/sessions/{session}/grants
        POST /api/v1/sessions/{session}/grants
        DELETE /api/v1/sessions/{session}/grants/{grant}
        POST /api/v1/memory/import
        GET /api/v1/memory/export.{extension}
        DELETE /api/v1/memory
        DELETE /api/v1/memory/{unit}
        POST /api/v1/terms/import
        DELETE /api/v1/terms/{concept}
    """,
    ADMINISTER: """
        GET /webhooks
        POST /webhooks
        POST /webhooks/{webhook}/moves
        GET /api/v1/webhooks
        POST /api/v1/webhooks
        PUT /api/v1/webhooks/{webhook}
        DELETE /api/v1/webhooks/{webhook}
        POST /api/v1/webhooks/{webhook}/test
        GET /api/v1/webhooks/{webhook}/deliveries
        GET /people
        GET /people/new
        POST /people
        GET /people/{person}
        POST /people/{person}
        POST /people/{person}/moves
        POST /people/{person}/tokens/{token}/revoke
        GET /api/v1/people
        POST /api/v1/people
        GET /api/v1/people/{person}
        PUT /api/v1/people/{person}
        POST /api/v1/people/{person}/disable
        POST /api/v1/people/{person}/enable
        POST /api/v1/people/{person}/invitation
        DELETE /api/v1/people/{person}/sign-ins
        GET /api/v1/people/{person}/tokens
        DELETE /api/v1/people/{person}/tokens/{token}
        GET /audit
        GET /api/v1/audit
        GET /api/v1/audit/trail.csv
        GET /api/v1/audit/trail.json
    """,
}
"""Who may: the routes. The name in braces says what the route is about, whatever the route itself calls it."""

WHO = {entry.strip(): who for who, entries in MATRIX.items() for entry in entries.strip().splitlines()}
KINDS = ("document", "recording", "session", "meeting", "person", "review", "task")
NAMED = {
    "/documents": "document",
    "/recordings": "recording",
    "/sessions": "session",
    "/live": "session",
    "/meetings": "meeting",
    "/people": "person",
    "/reviews": "review",
    "/tasks": "task",
    "/queue": "task",
    "/corrections": "correction",
    "/tokens": "token",
    "/sign-ins": "sign_in",
}
"""What the parameter `id` is after these."""
FILLED = {
    "path:path": "css/base.css",
    "model": "whisper-1",
    "language": "fr",
    "extension": "vtt",
    "track": "floor",
    "channel": "floor",
    "cue": "c1",
    "mark": "m1",
    "number": "1",
    "rule": "0" * 32,
    "rate": "0" * 32,
    "correction": "0" * 32,
    "webhook": "0" * 32,
    "page": "1",
    "name": "x",
    "unit": "1",
    "concept": "1",
}
ABSENT = "0" * 32
"""The id of nothing."""
NEW = "a-new-name"
"""Is another one in each call."""
PAGE = "GET /languages"
PROGRAM = "GET /languages as a program"
PROFILE = {"name": "Somebody", "roles": ["delegate"]}
JSON: dict[str, Any] = {
    f"PUT {API}/account/password": {"current": "not this one", "new": "another long password"},
    f"POST {API}/account/tokens": {"name": "nightly", "scopes": ["documents:read"]},
    f"POST {API}/text": {"text": "Hello to all.", "source": "en", "target": "fr"},
    f"POST {API}/detect": {"text": "Hello to all the delegates."},
    "POST /translate": {"q": "Hello.", "source": "en", "target": "fr"},
    "POST /detect": {"q": "Hello to all the delegates."},
    "POST /explain": {"template": "Cancelled."},
    f"POST {API}/meetings": {"code": NEW, "titles": {"en": "New"}},
    f"PUT {API}/meetings/{{meeting}}": {"code": NEW, "titles": {"en": "Changed"}},
    f"POST {API}/meetings/{{meeting}}/members": {"login": "member"},
    f"PUT {API}/documents/{{document}}/meeting": {"meeting_id": None},
    f"PUT {API}/recordings/{{recording}}/meeting": {"meeting_id": None},
    f"PUT {API}/sessions/{{session}}/meeting": {"meeting_id": None},
    f"POST {API}/sessions": {"title": "New"},
    f"PATCH {API}/sessions/{{session}}": {"title": "Changed"},
    f"PUT {API}/sessions/{{session}}/glossary": {"terms": []},
    f"PUT {API}/sessions/{{session}}/agenda": {"items": []},
    f"POST {API}/sessions/{{session}}/marks": {"kind": "note", "text": "Vote"},
    f"PATCH {API}/sessions/{{session}}/marks/{{mark}}": {"text": "Votes"},
    f"PUT {API}/sessions/{{session}}/captions/{{track}}/{{cue}}": {"text": "New.", "revision": 1},
    f"PATCH {API}/sessions/{{session}}/channels/{{channel}}": {"language": "en"},
    f"PATCH {API}/sessions/{{session}}/tracks/{{track}}": {"enabled": True},
    f"PUT {API}/sessions/{{session}}/channels/{{channel}}/source": {"url": "nothing"},
    f"POST {API}/sessions/{{session}}/documents": {"track": "floor", "targets": ["fr"]},
    f"POST {API}/sessions/{{session}}/grants": {"role": "viewer", "name": "Ana"},
    f"POST {API}/memory/search": {"text": "Hello.", "source": "en", "target": "fr"},
    f"POST {API}/memory/concordance": {"text": "Hello", "source": "en", "target": "fr"},
    f"POST {API}/terms/lookup": {"text": "Hello.", "language": "en"},
    f"PUT {API}/reviews/{{review}}/segments/{{number}}/draft": {"target": {"text": "Bonjour."}, "base_version": 1},
    f"POST {API}/reviews/{{review}}/segments/{{number}}/check": {"target": {"text": "Bonjour."}},
    f"POST {API}/reviews/{{review}}/segments/{{number}}/confirm": {"target": {"text": "Bonjour."}, "version": 1},
    f"POST {API}/reviews/{{review}}/segments/{{number}}/reopen": {"version": 1},
    f"POST {API}/reviews/{{review}}/segments/{{number}}/join": {"version": 1},
    f"POST {API}/reviews/{{review}}/segments/{{number}}/split": {"version": 1, "at": 4},
    f"POST {API}/reviews/{{review}}/segments/{{number}}/send-back": {"version": 1, "reason": "No."},
    f"POST {API}/reviews/{{review}}/segments/{{number}}/dismiss": {"code": "length", "reason": "Fine."},
    f"POST {API}/reviews/{{review}}/segments/{{number}}/comments": {"text": "Hm."},
    f"POST {API}/reviews/{{review}}/segments/{{number}}/marks": {"category": "style", "severity": "minor"},
    f"POST {API}/reviews/{{review}}/reopen": {},
    f"POST {API}/documents/{{document}}/reviews": {"languages": ["fr"]},
    f"PATCH {API}/documents/{{document}}": {"symbol": NEW},
    f"POST {API}/notices/read": {},
    f"POST {API}/webhooks": {"url": "https://example.org/hook"},
    f"PUT {API}/webhooks/{{webhook}}": {"url": "https://example.org/hook"},
    f"PUT {API}/budget/rates": {"amount": "1000"},
    f"PUT {API}/notices/mail": {"mail": "daily"},
    f"PATCH {API}/tasks/{{task}}": {"priority": 2},
    f"POST {API}/tasks/{{task}}/assign": {"login": "translator"},
    f"POST {API}/tasks/{{task}}/split": {"parts": 2},
    f"POST {API}/queue-rules": {"name": "All"},
    f"POST {API}/sessions/{{session}}/corrections": {"tracks": ["floor"]},
    f"PUT {API}/queue-rules/order": {"ids": []},
    f"PUT {API}/queue-rules/{{rule}}": {"name": "All"},
    f"POST {API}/people": {"login": NEW, **PROFILE},
    f"PUT {API}/people/{{person}}": PROFILE,
}
FORMS: dict[str, dict[str, Any]] = {
    "POST /sign-in": {"login": NEW, "password": "x"},
    "POST /preferences": {"theme": "dark"},
    "POST /text": {"text": "Hello to all.", "source": "en", "target": "fr"},
    "POST /account/password": {"current": "not this one", "new": "another long password", "again": "x"},
    "POST /account/tokens": {"name": "nightly", "scopes": "documents:read"},
    "POST /meetings": {"code": NEW, "title_en": "New"},
    "POST /meetings/{meeting}": {"code": NEW, "title_en": "Changed"},
    "POST /meetings/{meeting}/members": {"login": "member"},
    "POST /queue/{task}/moves": {"to": "claim"},
    "POST /queue/{task}": {"priority": "2"},
    "POST /queue/rules": {"name": "All"},
    "POST /queue/rules/{rule}/moves": {"to": "delete"},
    "POST /documents/{document}/people": {"targets": "fr"},
    "POST /documents/{document}/describe": {"symbol": NEW},
    "POST /webhooks": {"url": "https://example.org/hook", "events": "task.done"},
    "POST /webhooks/{webhook}/moves": {"to": "test"},
    "POST /budget/rates": {"amount": "1000"},
    "POST /notices/mail": {"mail": "daily"},
    "POST /documents/{document}/following": {"relation": "revision"},
    "POST /people": {"login": NEW, **PROFILE},
    "POST /people/{person}": PROFILE,
    "POST /people/{person}/moves": {"to": "disable"},
    "POST /live/new": {"title": "New"},
    "POST /live/{session}/links": {"role": "viewer", "name": "Ana", "lasts": "day"},
    "POST /live/{session}/moves": {"to": "pause"},
    "POST /live/{session}/documents": {"track": "floor", "targets": "fr"},
    "POST /live/{session}/corrections": {"tracks": "floor"},
}
FILES = {
    "POST /documents",
    "POST /documents/{document}/following",
    "POST /reviews/{review}/files",
    f"POST {API}/reviews/{{review}}/package",
    f"POST {API}/documents",
    "POST /recordings",
    f"POST {API}/recordings",
    f"POST {API}/memory/import",
    f"POST {API}/terms/import",
    "POST /translate_file",
    "POST /v1/audio/transcriptions",
    "POST /v1/audio/translations",
}
LIBRETRANSLATE = ("/translate", "/detect", "/download_file", "/frontend")
QUERIES = {f"GET {API}/sessions/{{session}}/captions/events": "?tracks=floor"}
BEYOND: dict[str, set[int]] = {
    # what those get who may, where the stage isn't set for a success: a problem of another kind than 401 and 403
    "GET /sign-in/provider": {404},
    "GET /sign-in/provider/answer": {404},
    "GET /live/join": {400},
    "GET /download_file/{token}/{name}": {404},
    "POST /v1/audio/transcriptions": {400, 503},
    "POST /v1/audio/translations": {400, 503},
    "POST /account/password": {400},
    f"PUT {API}/account/password": {400},
    "POST /documents/{document}/retry": {409},
    "POST /recordings/{recording}/retry": {409},
    f"POST {API}/documents/{{document}}/retry": {409},
    f"POST {API}/recordings/{{recording}}/retry": {409},
    "GET /documents/{document}/report/{language}": {404},
    f"GET {API}/documents/{{document}}/renditions/{{language}}": {404},
    "GET /recordings/{recording}/track/{language}.vtt": {404},
    f"GET {API}/recordings/{{recording}}/transcripts/{{language}}.{{extension}}": {404},
    f"GET {API}/sessions/{{session}}/audio/{{channel}}": {404},
    f"POST {API}/sessions/{{session}}/start": {503},
    # the file is no table; .vtt is no table; no meeting is named; there is no such unit or concept
    f"POST {API}/memory/import": {415},
    "POST /live/corrections/{correction}/moves": {400},
    f"POST {API}/corrections/{{correction}}/claim": {404},
    f"POST {API}/corrections/{{correction}}/hand-back": {404},
    f"POST {API}/corrections/{{correction}}/complete": {404},
    f"POST {API}/corrections/{{correction}}/call-off": {404},
    f"POST {API}/terms/import": {415},
    f"GET {API}/memory/export.{{extension}}": {415},
    f"GET {API}/terms/export.{{extension}}": {415},
    f"DELETE {API}/memory": {400},
    f"DELETE {API}/memory/{{unit}}": {404},
    f"DELETE {API}/terms/{{concept}}": {404},
    f"POST {API}/sessions/{{session}}/resume": {409},
    f"POST {API}/sessions/{{session}}/on-record": {409},
    f"PUT {API}/sessions/{{session}}/channels/{{channel}}/source": {400},
    f"POST {API}/sessions/{{session}}/second-pass": {409},
    "POST /live/{session}/second-pass": {409},
    f"GET {API}/sessions/{{session}}/hls/{{track}}/{{number}}.vtt": {404},
    # nobody has taken the task; nothing is approved or failed; the translation isn't ready; there is no such rule
    f"POST {API}/tasks/{{task}}/hand-back": {409},
    f"POST {API}/tasks/{{task}}/complete": {409},
    f"POST {API}/reviews/{{review}}/segments/{{number}}/confirm": {409},
    f"POST {API}/reviews/{{review}}/segments/{{number}}/reopen": {409},
    f"POST {API}/reviews/{{review}}/segments/{{number}}/join": {409},
    f"POST {API}/reviews/{{review}}/segments/{{number}}/split": {409},
    f"POST {API}/reviews/{{review}}/segments/{{number}}/marks": {409},
    f"DELETE {API}/reviews/{{review}}/segments/{{number}}/marks/{{mark}}": {404},
    f"POST {API}/reviews/{{review}}/segments/{{number}}/send-back": {409},
    f"POST {API}/reviews/{{review}}/segments/{{number}}/dismiss": {409},
    f"POST {API}/reviews/{{review}}/reopen": {409},
    f"POST {API}/reviews/{{review}}/approve": {409},
    "POST /reviews/{review}/reopen": {409},
    f"POST {API}/documents/{{document}}/reviews": {409},
    "POST /documents/{document}/people": {409},
    f"GET {API}/status/table.{{extension}}": {415},
    f"PUT {API}/queue-rules/{{rule}}": {404},
    f"DELETE {API}/queue-rules/{{rule}}": {404},
    "POST /queue/rules/{rule}/moves": {404},
    "POST /budget/rates/{rate}/delete": {404},
    f"DELETE {API}/budget/rates/{{rate}}": {404},
    "POST /webhooks/{webhook}/moves": {404},
    f"PUT {API}/webhooks/{{webhook}}": {404},
    f"DELETE {API}/webhooks/{{webhook}}": {404},
    f"POST {API}/webhooks/{{webhook}}/test": {404},
    f"GET {API}/webhooks/{{webhook}}/deliveries": {404},
    # the file is no package, .vtt no table; the office program is missing, or makes nothing of it
    "POST /reviews/{review}/files": {422},
    f"POST {API}/reviews/{{review}}/package": {422},
    f"GET {API}/reviews/{{review}}/table.{{extension}}": {415},
    f"GET {API}/reviews/{{review}}/document.pdf": {200, 501},
    f"GET {API}/reviews/{{review}}/preview": {200, 501},
    f"GET {API}/reviews/{{review}}/preview/{{page}}.png": {200, 501},
}
OWN_WORDS = {
    "POST /sign-in": 401,  # the page with what was wrong
    "GET /welcome": 403,  # the link is missing
    "POST /welcome": 403,
}
"""Routes that answer with 401 or 403 for reasons of their own, to those too who may."""


@dataclass(frozen=True)
class Stage:
    server: LiveServer
    people: dict[str, Person]
    cookies: dict[str, str]
    tokens: dict[str, str]

    def cookie(self, who: str) -> str:
        """A browser in which they are signed in, a new one each time: some calls end it."""
        if who in ROLES:
            begin = self.server.services.accounts.sign_ins.begin
            return begin(self.people[who], SignInMethod.PASSWORD, "192.0.2.1", "tests")
        return self.cookies.get(who, "")

    def headers(self, who: str, entry: str, cookie: str) -> dict[str, str]:
        found = {"origin": self.server.url}
        if cookie:
            found["cookie"] = f"{COOKIE}={cookie}"
        elif who == "unscoped":
            of_audit = "/audit" in entry and f"{API}/sessions" not in entry
            found = {"authorization": f"Bearer {self.tokens['machine' if of_audit else 'audit']}"}
        elif who == "revoked":
            found = {"authorization": f"Bearer {self.tokens['revoked']}"}
        return found

    def fresh(self, kind: str, meeting_id: str | None = None) -> str:
        """The id of a new thing, so that no call finds what another one left."""
        services = self.server.services
        if kind == "document":
            text = io.BytesIO(b"The meeting is open. Welcome to all the delegates.")
            return services.documents.upload("a.txt", text, "en", ["fr"], meeting_id).id
        if kind == "recording":
            return services.recordings.upload("a.wav", io.BytesIO(b"RIFF"), "en", [], meeting_id).id
        if kind == "meeting":
            return services.meetings.create(MeetingAsked(secrets.token_hex(4), {"en": "One"}), OPEN).id
        if kind == "person":
            count = len(services.accounts.people.list(10_000))
            return add(services.accounts, f"somebody{count}").id
        if kind in ("review", "task"):
            review, task = review_of(services, self.fresh("document", meeting_id))
            return review if kind == "review" else task
        made = self.server.session(meeting_id=meeting_id)
        services.sessions.append(made.id, [cue("c1", "Something.", at_ms=1_000)])
        services.sessions.mark(made.id, "note", 0, "Vote", by=BY)
        return made.id


def review_of(services: Services, document_id: str) -> tuple[str, str]:
    """A document with people, whatever the machine made of it: the ids of the review and of its free task."""
    review, task = new_id(), new_id()
    text = {"t": "Hello to all."}
    segment = {
        "unit_id": "u1",
        "unit_kind": "paragraph",
        "segment_index": 0,
        "language": "en",
        "source": text,
        "proposal": text,
        "proposed_origin": "mt",
        "model": "",
        "target": text,
        "origin": "mt",
        "state": "initial",
        "findings": [],
        "dismissed": {},
        "words": 3,
        "weighted": 3,
        "translated_by": "",
        "revised_by": "",
    }
    of_review = {"document_id": document_id, "language": "fr", "source": "en", "state": "open"}
    more = {"second_person": True, "rule": "", "created_by": BY, "created_ms": 1}
    of_task = {"kind": "post-edit", "state": "free", "first": 1, "last": 2, "words": 6, "weighted": 6, "priority": 1}
    with services._database.write() as connection:
        connection.execute(sa.insert(reviews).values(id=review, **of_review, **more))
        for number in (1, 2):
            row = {"review_id": review, "number": number, "place": number, "key": str(number), **segment}
            connection.execute(sa.insert(review_segments).values(row))
        waits = {"instructions": "", "person_name": "", "created_ms": 1}
        connection.execute(sa.insert(tasks).values(id=task, review_id=review, **of_task, **waits))
    return review, task


@contextmanager
def role_stage(root: Path) -> Iterator[Stage]:
    with live_server(root, accounts=AccountSettings(mode="on")) as server:
        accounts = server.services.accounts
        people = {role: add(accounts, role, role) for role in sorted(ROLES)}
        people |= {who: add(accounts, who, "administrator") for who in ("disabled", "expired", "revoked")}
        add(accounts, "member")

        cookies = {
            who: accounts.sign_ins.begin(people[who], SignInMethod.PASSWORD, "192.0.2.1", "tests")
            for who in ("disabled", "expired")
        }
        accounts.people.disable(people["disabled"].id, BY)
        with server.services._database.write() as connection:
            mine = sign_ins.c.person_id == people["expired"].id
            connection.execute(sa.update(sign_ins).where(mine).values(expires_ms=1))
        record, revoked = accounts.tokens.create(people["revoked"].id, "gone", ["*"], BY)
        accounts.tokens.revoke(people["revoked"].id, record.id, BY)
        chief = people["administrator"]
        tokens = {
            "audit": token_of(accounts, chief, "audit:read"),
            "machine": token_of(accounts, chief, "machine:use"),
            "revoked": revoked,
        }
        yield Stage(server, people, cookies, tokens)


def address(stage: Stage, who: str, entry: str, ids: dict[str, str]) -> str:
    path = entry.removesuffix(" as a program").partition(" ")[2]
    mine = stage.people.get(who) or stage.people["administrator"]
    accounts = stage.server.services.accounts
    owner_id = ids.get("person", mine.id)
    more = {"token": "0" * 32, "sign_in": "0" * 32, "grant": "0" * 32}
    if "{token}" in path and "/tokens/" in path and who not in NOBODY:
        more["token"] = accounts.tokens.create(owner_id, "another", ["*"], BY)[0].id
    if "{sign_in}" in path and who in ROLES:
        accounts.sign_ins.begin(mine, SignInMethod.PASSWORD, "192.0.2.1", "another")
        more["sign_in"] = accounts.sign_ins.list(mine.id)[0].id
    if "{grant}" in path and ids.get("session", ABSENT) != ABSENT:
        more["grant"] = stage.server.services.sessions.grant(ids["session"], "viewer", "Ana", BY)[0].id
    for name, value in {**FILLED, **more, **ids}.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, path
    return path + QUERIES.get(entry, "")


def things_of(stage: Stage, entry: str) -> dict[str, str]:
    return {kind: stage.fresh(kind) for kind in KINDS if f"{{{kind}}}" in entry}


def check_guards(entry: str, answer: httpx.Response) -> None:
    """What every answer carries, whoever gets it and whatever it says."""
    headers = answer.headers
    assert headers.get("x-content-type-options") == "nosniff", entry
    assert headers.get("referrer-policy") == "same-origin", entry
    policy = headers.get("content-security-policy", "")
    assert "default-src 'self'" in policy or "default-src 'none'" in policy or policy == "sandbox", (entry, policy)
    assert "unsafe" not in policy, (entry, policy)
    if answer.status_code >= 400 or "/static/" not in str(answer.url):
        assert headers.get("cache-control"), entry
    for cookie in headers.get_list("set-cookie"):
        marks = {part.strip().partition("=")[0].lower() for part in cookie.split(";")[1:]}
        assert "samesite" in marks, (entry, cookie)
        assert "httponly" in marks or cookie.startswith(("langsupport_theme=", "langsupport_language=")), (
            entry,
            cookie,
        )


def ask(stage: Stage, who: str, entry: str, ids: dict[str, str]) -> tuple[int, str]:
    """(status, body where it is a problem)."""
    method, path = entry.partition(" ")[0], address(stage, who, entry, ids)
    cookie = stage.cookie(who)
    headers = stage.headers(who, entry, cookie)
    if entry == PAGE:
        headers["accept"] = "text/html"
    if method == "SOCKET":
        return run(socket_status(stage.server, path, headers)), ""
    form = dict(FORMS.get(entry, {}))
    is_page = method == "POST" and not path.startswith(("/api/", "/translate", "/detect", "/explain", "/v1/"))
    if is_page:
        form["form"] = form_token(cookie)
    new = secrets.token_hex(4)
    form = {name: value.replace(NEW, new) if isinstance(value, str) else value for name, value in form.items()}
    sent = json.loads(json.dumps(JSON.get(entry)).replace(NEW, new))
    more: dict[str, Any] = {"json": sent} if entry in JSON else {"data": form} if form else {}
    if entry in FILES:
        more["files"] = {"file": ("a.wav" if "audio" in path or "recordings" in path else "a.txt", b"Hello to all.")}
        more["data"] = {**form, "source": "en", "target": "fr", "model": "whisper-1"}
    with (
        httpx.Client(base_url=stage.server.url, timeout=60) as client,
        client.stream(method, path, headers=headers, **more) as answer,
    ):
        check_guards(entry, answer)
        problem = answer.read().decode() if answer.status_code >= 400 else ""
        return answer.status_code, problem


def entry_of(route: Any, method: str) -> str:
    """As the table calls it."""
    path: str = route.path
    for before, name in NAMED.items():
        path = path.replace(f"{before}/{{id}}", f"{before}/{{{name}}}")
    return PROGRAM if isinstance(route.original_route, ProgramRoute) and path == "/languages" else f"{method} {path}"
