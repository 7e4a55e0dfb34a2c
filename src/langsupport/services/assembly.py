"""Where everything is wired together; nothing else constructs these objects.

On a laptop or a single server one process is web server, worker and inference core. In a cluster the `role` of the
settings says which of them a process is; then the database is PostgreSQL and the data folder is shared.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType

from langsupport.engines.protocols import Inference
from langsupport.engines.store import ModelStore
from langsupport.errors import ConfigurationError
from langsupport.services.accounts import Accounts, build_accounts
from langsupport.services.adaptation_schedule import AdaptationSchedule
from langsupport.services.budgets import BudgetService
from langsupport.services.changes import Changes
from langsupport.services.corrections import Corrections
from langsupport.services.database import Database
from langsupport.services.dbos_jobs import DbosJobs
from langsupport.services.document_leverage import DocumentLeverage
from langsupport.services.document_register import DocumentRegister
from langsupport.services.document_work import DocumentWork
from langsupport.services.documents import DocumentService
from langsupport.services.files import FileStore
from langsupport.services.idempotency import IdempotencyKeys
from langsupport.services.inference import build_inference, build_store
from langsupport.services.jobs import Jobs
from langsupport.services.live_runner import LiveRunner
from langsupport.services.maintenance import Maintenance
from langsupport.services.meetings import MeetingService
from langsupport.services.memory import MemoryService
from langsupport.services.notice_mail import NoticeMail, check_mail
from langsupport.services.notices import NoticeService
from langsupport.services.quality import QualityService
from langsupport.services.queue_rules import QueueRules
from langsupport.services.recording_work import RecordingWork
from langsupport.services.recordings import RecordingService
from langsupport.services.review_checks import ReviewChecks
from langsupport.services.review_cutting import ReviewCutting
from langsupport.services.review_marks import ReviewMarks
from langsupport.services.review_opening import ReviewOpening
from langsupport.services.review_packages import ReviewPackages
from langsupport.services.review_preview import ReviewPreview
from langsupport.services.review_work import ReviewWork
from langsupport.services.reviews import ReviewService
from langsupport.services.second_pass import SecondPass
from langsupport.services.second_pass_results import PassResults
from langsupport.services.session_exports import SessionExports
from langsupport.services.session_sound import SessionSound
from langsupport.services.sessions import SessionService, SessionUpkeep
from langsupport.services.settings import Settings
from langsupport.services.spool import Spool
from langsupport.services.status_matrix import StatusMatrix
from langsupport.services.tasks import TaskService
from langsupport.services.terms import TermService
from langsupport.services.webhook_sending import WebhookSender
from langsupport.services.webhooks import WebhookService
from langsupport.services.work import OpenWork

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Services:
    """What the faces use. A context manager; `close` gives everything back within seconds."""

    settings: Settings
    accounts: Accounts
    meetings: MeetingService
    store: ModelStore
    inference: Inference
    documents: DocumentService
    register: DocumentRegister
    budgets: BudgetService
    quality: QualityService
    corrections: Corrections
    idempotency: IdempotencyKeys
    notices: NoticeService
    mail: NoticeMail
    webhooks: WebhookService
    status: StatusMatrix
    memory: MemoryService
    terms: TermService
    reviews: ReviewService
    review_opening: ReviewOpening
    review_work: ReviewWork
    review_cutting: ReviewCutting
    review_marks: ReviewMarks
    review_packages: ReviewPackages
    review_preview: ReviewPreview
    tasks: TaskService
    queue_rules: QueueRules
    recordings: RecordingService
    sessions: SessionService
    session_exports: SessionExports
    session_sound: SessionSound
    second_pass: SecondPass
    live: LiveRunner
    spool: Spool
    files: FileStore
    jobs: Jobs
    maintenance: Maintenance
    adaptation: AdaptationSchedule
    _database: Database = field(repr=False)
    _work: OpenWork = field(repr=False)
    _changes: Changes = field(repr=False)

    def close(self) -> None:
        """Stop between steps; what is unfinished goes on at the next start. Idempotent."""
        with ExitStack() as stack:  # in reverse, and each even if another fails
            stack.callback(self._database.close)
            stack.callback(self.inference.close)
            stack.callback(self.jobs.close)
            stack.callback(self._work.close)
            stack.callback(self.jobs.stop)
            stack.callback(self.adaptation.close)
            stack.callback(self.maintenance.close)
            stack.callback(self.sessions.close)
            stack.callback(self._changes.close)
            stack.callback(self.live.close)

    def __enter__(self) -> Services:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def build_services(settings: Settings, inference: Inference | None = None, *, launch: bool = True) -> Services:
    """Open the database and the files, wire the services, and start to work where the role says so.

    A process works for one data folder at a time, and with SQLite one process works for a data folder.
    `inference` replaces the core; it is closed with the services. Without `launch` nothing is worked on here.

    Raises:
        ConfigurationError: a role that the database does not allow, a database that can't be opened, or mail that is
            only half set.
        Conflict: another process (or this one already) works for this data folder.
    """
    if settings.role != "all" and settings.database.startswith("sqlite"):
        detail = "SQLite allows only “all”; set database_url to PostgreSQL for several processes"
        raise ConfigurationError(source="settings", key="role", detail=detail)
    check_mail(settings)
    database = Database.open(settings.database)
    try:
        services = _wired(settings, database, inference)
    except BaseException:
        database.close()
        raise
    if launch:
        try:
            if settings.role != "web":
                services.jobs.launch()
                services.maintenance.start()
            if settings.role != "worker":  # sessions run where their sound comes in
                services.live.start()
        except BaseException:
            services.close()
            raise
    return services


def _wired(settings: Settings, database: Database, inference: Inference | None) -> Services:
    files = FileStore(settings.data_dir / "files", database, settings.min_free_bytes)
    jobs = DbosJobs(database, settings.jobs.polling_interval_ms)
    store = build_store(settings)
    core = inference or build_inference(settings, store)
    work, changes = OpenWork(core), Changes()
    common = (database, files, jobs, work, changes, settings.jobs)
    memory, terms = MemoryService(database), TermService(database)
    leverage = DocumentLeverage(memory, terms, settings.levels)
    rules, people = QueueRules(database), settings.accounts.on
    opening = ReviewOpening(database, files, memory, rules, changes, with_people=people)
    document_work = DocumentWork(*common, leverage, settings.levels, opening.by_rule)
    review_work = ReviewWork(database, files, jobs, memory, changes, settings.levels)
    claim_ms = settings.claim_hours * 3_600_000
    review_checks = ReviewChecks(terms, settings.levels)
    reviews = ReviewService(database, memory, terms, review_checks, changes, claim_ms)
    packages = ReviewPackages(database, files, reviews, settings.levels)
    documents = DocumentService(database, files, jobs, document_work, changes, settings.max_upload_bytes)
    recordings = RecordingService(database, files, jobs, RecordingWork(*common), changes, settings.max_recording_bytes)
    sessions = SessionService(database)
    spool = Spool(settings.data_dir / "live", settings.min_free_bytes)
    sound = SessionSound(settings.data_dir / "live", sessions, spool)
    second_pass = SecondPass(sessions, sound, PassResults(database), jobs, work)
    if settings.live.second_pass:
        sessions.add_listener(second_pass.on_event)
    keys = IdempotencyKeys(database)
    notices, mail = NoticeService(database), NoticeMail(database, settings.mail)
    hooks = WebhookService(database, settings.data_dir / "webhooks.key", settings.webhooks)
    sender = WebhookSender(database, hooks, settings.webhooks)
    adaptation = AdaptationSchedule(database, settings)
    kept = (documents, recordings, SessionUpkeep(sessions), second_pass, review_work, notices, mail, sender, adaptation)
    accounts, meetings = build_accounts(settings, database), MeetingService(database)
    cleaning = (accounts.sign_ins.clean, notices.clean, keys.clean, hooks.clean, adaptation.look)
    meetings.add_listener(partial(sessions.close_public, by="langsupport"))
    return Services(
        settings=settings,
        accounts=accounts,
        meetings=meetings,
        store=store,
        inference=core,
        documents=documents,
        register=DocumentRegister(database, changes),
        budgets=BudgetService(database),
        quality=QualityService(database, settings.figures),
        corrections=Corrections(database, claim_ms),
        idempotency=keys,
        notices=notices,
        mail=mail,
        webhooks=hooks,
        status=StatusMatrix(database),
        memory=memory,
        terms=terms,
        reviews=reviews,
        review_cutting=ReviewCutting(database, files, review_checks, changes),
        review_marks=ReviewMarks(database, changes),
        review_packages=packages,
        review_preview=ReviewPreview(database, packages),
        review_opening=opening,
        review_work=review_work,
        tasks=TaskService(database, accounts.people, review_work, changes, claim_ms),
        queue_rules=rules,
        recordings=recordings,
        sessions=sessions,
        session_exports=SessionExports(sessions, documents),
        session_sound=sound,
        second_pass=second_pass,
        live=LiveRunner(sessions, core, spool, settings.live),
        spool=spool,
        files=files,
        jobs=jobs,
        adaptation=adaptation,
        maintenance=Maintenance(files, jobs, kept, settings.retention_days, cleaning),
        _database=database,
        _work=work,
        _changes=changes,
    )
