"""Notices by e-mail: collected for each person, sent through the organization's server, tried again when that fails.

A notice is claimed before it is sent, so that of several processes one sends it. One that was claimed by a process
that died is sent again: rather twice than never.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid

import sqlalchemy as sa

from langsupport.domain.notices import Mail, MailState
from langsupport.errors import ConfigurationError
from langsupport.services import people_rows
from langsupport.services.account_records import PersonState
from langsupport.services.database import Database, now_ms
from langsupport.services.notices import NoticeRecord, listed
from langsupport.services.schema import documents, notices
from langsupport.services.schema_accounts import meetings, people
from langsupport.services.settings import MailSettings, Settings
from langsupport.services.visibility import is_confidential, seen, sight_of

log = logging.getLogger(__name__)

SETTLE_MS = 60_000
"""A notice waits so long for others, and for its reader: what was read in the pages isn't sent."""
PAUSE_MS = {Mail.EACH: 10 * 60_000, Mail.DAILY: 24 * 3600_000}
"""Least time between two e-mails to the same person."""
MOST_TRIES = 8
MOST_IN_ONE = 50
_STALE_MS = 15 * 60_000
_TIMEOUT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str


Compose = Callable[[str, str, Sequence[NoticeRecord]], Letter]
"""(language or "", the reader's name, notices with the oldest first) to what is sent. Notices of confidential meetings
come without the document's name and without what was said."""


@dataclass(frozen=True, slots=True)
class _Reader:
    id: str
    name: str
    address: str
    language: str


class NoticeMail:
    """Sends nothing until `compose_with` was called, nor where no server is set."""

    def __init__(self, database: Database, settings: MailSettings) -> None:
        self._database = database
        self._settings = settings
        self._compose: Compose | None = None

    def compose_with(self, compose: Compose) -> None:
        self._compose = compose

    def resume(self) -> None:
        """Send what is due. A failure is told in the log and tried again later."""
        if self._compose is None or not self._settings.host:
            return
        for reader in self._due():
            if not self._send(reader, self._compose):
                return

    def delete_older(self, created_before_ms: int) -> int:
        return 0

    def _due(self) -> list[_Reader]:
        now = now_ms()
        with self._database.write() as connection:
            stale = sa.and_(notices.c.mail == MailState.SENDING, notices.c.mail_ms < now - _STALE_MS)
            connection.execute(sa.update(notices).where(stale).values(mail=MailState.DUE))
        last = sa.select(sa.func.max(notices.c.mail_ms)).where(
            notices.c.person_id == people.c.id, notices.c.mail == MailState.SENT
        )
        due = sa.exists().where(
            notices.c.person_id == people.c.id,
            notices.c.mail == MailState.DUE,
            notices.c.at_ms < now - SETTLE_MS,
            _rested(now),
        )
        query = sa.select(people, last.correlate(people).scalar_subquery().label("last_ms")).where(
            due, people.c.state == PersonState.ACTIVE, people.c.email.is_not(None), people.c.mail != Mail.OFF
        )
        with self._database.read() as connection:
            found = connection.execute(query).mappings().all()
        return [
            _Reader(row["id"], row["name"], row["email"], row["language"] or "")
            for row in found
            if row["email"] and (row["last_ms"] or 0) < now - PAUSE_MS[Mail(row["mail"])]
        ]

    def _send(self, reader: _Reader, compose: Compose) -> bool:
        """Whether the server can be talked to."""
        claimed = self._claim(reader.id)
        if not claimed:
            return True
        ids = [notice.id for notice in claimed]
        try:
            self._deliver(reader, compose(reader.language, reader.name, claimed))
        except smtplib.SMTPRecipientsRefused as error:
            log.warning("the mail server refuses %s: %s", reader.address, error)
            self._settle(ids, MailState.NONE)
        except (OSError, smtplib.SMTPException) as error:
            log.warning("e-mail to %s was not sent, it is tried again: %s", reader.address, error)
            self._settle(ids, MailState.DUE)
            return isinstance(error, smtplib.SMTPResponseException)
        else:
            self._settle(ids, MailState.SENT)
        return True

    def _claim(self, person_id: str) -> list[NoticeRecord]:
        """The oldest notices that are due, the oldest first; those of confidential meetings bare."""
        now = now_ms()
        mine = sa.and_(notices.c.person_id == person_id, notices.c.mail == MailState.DUE, _rested(now))
        with self._database.write() as connection:
            ids = connection.scalars(
                sa.select(notices.c.id).where(mine).order_by(notices.c.id).limit(MOST_IN_ONE)
            ).all()
            claim = sa.update(notices).where(notices.c.id.in_(ids), notices.c.mail == MailState.DUE)
            taken = connection.execute(claim.values(mail=MailState.SENDING, mail_ms=now, tries=notices.c.tries + 1))
            if taken.rowcount != len(ids):  # another process was quicker: it sends them
                connection.rollback()
                return []
            own = seen(documents.c.meeting_id, sight_of(people_rows.person(connection, person_id)))
            found = listed(connection, [notices.c.id.in_(ids), own], MOST_IN_ONE)
            gone = set(ids) - {notice.id for notice in found}  # deleted meanwhile, or not to be seen any more
            if gone:
                connection.execute(sa.update(notices).where(notices.c.id.in_(gone)).values(mail=MailState.NONE))
            of = [notice.meeting_id for notice in found if notice.meeting_id]
            hidden = set(connection.scalars(sa.select(meetings.c.id).where(meetings.c.id.in_(of), _confidential())))
        bare = [replace(one, document="", text="") if one.meeting_id in hidden else one for one in found]
        return bare[::-1]

    def _settle(self, ids: Sequence[int], state: MailState) -> None:
        given_up = sa.case((notices.c.tries >= MOST_TRIES, MailState.NONE), else_=state)
        value = given_up if state is MailState.DUE else state
        with self._database.write() as connection:
            connection.execute(sa.update(notices).where(notices.c.id.in_(ids)).values(mail=value))

    def _deliver(self, reader: _Reader, letter: Letter) -> None:
        """Raises OSError, smtplib.SMTPException."""
        message = EmailMessage()
        message["From"] = formataddr(("langsupport", self._settings.sender))
        message["To"] = formataddr((reader.name, reader.address))
        message["Subject"] = letter.subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._settings.sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        with _connected(self._settings) as server:
            if self._settings.user:
                server.login(self._settings.user, self._settings.password)
            server.send_message(message)


def check_mail(settings: Settings) -> None:
    """Raises ConfigurationError: a mail server is set, and not all that messages need."""
    if not settings.mail.host:
        return
    if not settings.mail.sender:
        detail = "with mail.host, this must say whom messages come from"
        raise ConfigurationError(source="settings", key="mail.sender", detail=detail)
    if not settings.accounts.public_url:
        detail = "with mail.host, this must say where the links in messages lead"
        raise ConfigurationError(source="settings", key="accounts.public_url", detail=detail)


def _connected(settings: MailSettings) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if settings.security == "tls":
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=_TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(settings.host, settings.port, timeout=_TIMEOUT_SECONDS)
    if settings.security == "starttls":
        server.starttls(context=context)
    return server


def _rested(now: int) -> sa.ColumnElement[bool]:
    """Not tried yet, or long enough ago: a minute after the first try, then longer each time."""
    waiting = notices.c.mail_ms + 60_000 * notices.c.tries * notices.c.tries
    return sa.or_(notices.c.mail_ms.is_(None), waiting < now)


def _confidential() -> sa.ColumnElement[bool]:
    return is_confidential(meetings.c.id)


__all__ = ["MOST_TRIES", "PAUSE_MS", "SETTLE_MS", "Compose", "Letter", "NoticeMail", "check_mail"]
