"""Settings: read once at start from a TOML file and the environment into one frozen object.

Order, the later one wins: the defaults below, the configuration file, the environment. The file is the one that the
caller names, else `LANGSUPPORT_CONFIG`, else `config.toml` in the platform's configuration folder if it is there.
A bare name such as `gpu` means the file of that name shipped in `configs/`.

Every scalar can come from the environment as `LANGSUPPORT_` and its key in capitals, with the table before it:
`LANGSUPPORT_PORT`, `LANGSUPPORT_INFERENCE_DEVICE`. Three have shorter names: `LANGSUPPORT_DATA`, `LANGSUPPORT_MODELS`
and `LANGSUPPORT_DATABASE`. An unknown key or a bad value stops the start.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from langsupport.checks import FIXED, NAMES, Level, Levels
from langsupport.domain.accounts import PersonRole
from langsupport.domain.languages import DIRECTIONS
from langsupport.domain.quality import Figures
from langsupport.errors import ConfigurationError

MEBIBYTE = 1024**2
PREFIX = "LANGSUPPORT_"
_ALIASES = {"LANGSUPPORT_DATA": "data_dir", "LANGSUPPORT_MODELS": "models_dir", "LANGSUPPORT_DATABASE": "database_url"}
_NOT_SETTINGS = ("LANGSUPPORT_CONFIG", "LANGSUPPORT_TEST_")
"""Names (or beginnings of names) in the environment that are ours but not settings."""


_DEVICE = r"^(auto|cpu|cuda|cuda:\d+)$"
_PUBLIC_URL = r"^(https?://[^/\s]+)?$"
_ADDRESS = r"^([^@\s]+@[^@\s]+)?$"
_CURRENCY = r"^[A-Z]{3}$"
_PATTERNS = {
    _DEVICE: "“{}” is not allowed; allowed are auto, cpu, cuda, and cuda:0 and so on",
    _PUBLIC_URL: "must be like https://languages.example.org, without a path",
    _CURRENCY: "must be a currency's code by ISO 4217, such as CHF",
    _ADDRESS: "must be an e-mail address, such as languages@example.org",
}
"""What is said of a value that does not fit."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class JobSettings(_Table):
    """How much durable work goes on at once in one process. The inference core orders what meets on a device."""

    reading_workers: int = Field(default=2, ge=1, le=64)
    """Documents being read at once: bounds memory."""
    translation_workers: int = Field(default=10, ge=1, le=256)
    """Renditions being translated at once: ten let two documents advance together, in five languages each."""
    recording_workers: int = Field(default=1, ge=1, le=64)
    """Recordings being recognized at once."""
    polling_interval_ms: int = Field(default=250, ge=20, le=60_000)
    """How often a queue is looked at: the longest wait before an idle worker starts."""
    min_chunk_segments: int = Field(default=16, ge=1, le=10_000)
    max_chunk_segments: int = Field(default=64, ge=1, le=10_000)
    """Segments in one durable step: what a crash can cost. A document is cut into about twelve within these bounds."""


class InferenceSettings(_Table):
    """How models run (see engines/options.py for what each means)."""

    device: str = Field(default="auto", pattern=_DEVICE)
    compute_type: Literal["auto", "int8", "int8_float16", "int8_bfloat16", "float16", "bfloat16", "float32"] = "auto"
    threads: int = Field(default=0, ge=0, le=1024)
    """Computing threads; 0 means one for each core."""
    beam_size: int = Field(default=4, ge=1, le=32)
    token_budget: int = Field(default=0, ge=0)
    """Most source tokens in one batch step; 0 lets the device decide."""
    step_seconds: float = Field(default=5.0, gt=0, le=600)
    """How long a batch step should take: what a more urgent request may have to wait."""
    queue_limits: dict[Literal["live", "interactive", "batch"], int] = Field(default_factory=dict)
    """Segments or audio windows that may wait in each lane before new ones are refused."""
    preferences: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Direction (`en-fr`) or `*` to model ids, best first, where the best installed one is not wanted."""
    recognizers: tuple[str, ...] = ()
    """Model ids for speech, best first; empty means the best installed."""
    live_recognizers: tuple[str, ...] = ()
    """The same for live captions, where a smaller model may be wanted."""
    live_batch: int = Field(default=0, ge=0, le=64)
    """Live windows heard in one step; 0 lets the device decide."""
    memory_reserve_bytes: int = Field(default=512 * MEBIBYTE, ge=0)
    """Memory that models leave free for others."""

    @field_validator("queue_limits")
    @classmethod
    def _positive(cls, value: dict[str, int]) -> dict[str, int]:
        if any(limit < 1 for limit in value.values()):
            raise ValueError("a limit must be at least 1")
        return value

    @field_validator("preferences")
    @classmethod
    def _known_directions(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        known = {f"{source}-{target}" for source, target in DIRECTIONS} | {"*"}
        unknown = sorted(set(value) - known)
        if unknown:
            raise ValueError(f"“{unknown[0]}” is no direction; write one such as en-fr, or * for all")
        return value


SourceProtocol = Literal[
    "http",
    "https",
    "hls",
    "rtmp",
    "rtmps",
    "rtsp",
    "srt",
    "tls",
    "tcp",
    "udp",
    "rtp",
    "crypto",
    "file",
    "device",
]
NETWORK_PROTOCOLS: tuple[SourceProtocol, ...] = tuple(
    name for name in get_args(SourceProtocol) if name not in ("file", "device")
)


class LiveSettings(_Table):
    """Live captions."""

    max_channels: int = Field(default=0, ge=0, le=10_000)
    """Channels heard at once in one process; 0 lets the machine find out: see services/live_load.py."""
    cadence_ms: int = Field(default=1_000, ge=300, le=10_000)
    """New sound between two hearings of a sentence that goes on, where the machine is not loaded."""
    preview: bool = False
    """Show the translation of a sentence that is still being spoken: quicker, restless, and more work."""
    sources: tuple[SourceProtocol, ...] = NETWORK_PROTOCOLS
    """What an operator may fetch sound by. `file` and `device` let operators reach into the machine itself."""
    max_viewers: int = Field(default=2_000, ge=1, le=100_000)
    """Viewers connected to one process at once."""
    second_pass: bool = False
    """Hear every session again, more finely, when it has ended; else only where an operator asks for it."""
    sound_days: int = Field(default=0, ge=0)
    """The sound of ended sessions is deleted after so many days, the captions stay; 0 keeps it."""


class AdaptationRun(_Table):
    """A model that learns from what people approve in one direction."""

    model: str
    source: str
    target: str
    general: Path
    """General text against forgetting: TMX or TSV."""
    weights: Path | None = None
    """A folder with the weights as the hub has them, where there is no network."""
    steps: int = Field(default=1000, ge=1)
    rank: int = Field(default=0, ge=0)
    rate: float | None = Field(default=None, gt=0)
    device: Literal["cpu", "cuda"] = "cpu"

    @field_validator("general", "weights")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value is not None else None

    @model_validator(mode="after")
    def _known_direction(self) -> AdaptationRun:
        if (self.source, self.target) not in DIRECTIONS:
            raise ValueError(f"there is no direction from “{self.source}” to “{self.target}”")
        return self


class AdaptationSettings(_Table):
    """When models learn by themselves."""

    after_segments: int = Field(default=5_000, ge=1)
    """So many must have been approved since the last run of a direction."""
    from_hour: int = Field(default=20, ge=0, le=23)
    """Quiet hours, in this machine's time: a run begins in them and is cut at their end, to go on in the next ones.
    The same hour twice: at any time."""
    to_hour: int = Field(default=6, ge=0, le=23)
    runs: tuple[AdaptationRun, ...] = ()


class OidcSettings(_Table):
    """Signing in at an organization's own provider by OpenID Connect; off while `issuer` is empty."""

    issuer: str = ""
    client_id: str = ""
    client_secret: str = Field(default="", repr=False)
    name: str = "OpenID"
    """What the button on the sign-in page calls the provider."""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    login_claim: str = "email"
    """What somebody is called here who comes for the first time."""
    roles_claim: str = "groups"
    roles: dict[str, tuple[PersonRole, ...]] = Field(default_factory=dict)
    """What that claim holds, to roles. Where this is set, the provider decides on roles at every sign-in."""
    default_roles: tuple[PersonRole, ...] = ()
    """Of those for whom the claim names none; empty: they are refused."""
    create: bool = True
    """Make accounts for people who come for the first time; else only those come in whom an administrator has added."""


class AccountSettings(_Table):
    """People and how they sign in."""

    mode: Literal["off", "on"] = "off"
    """`off`: no accounts, and this machine alone is answered."""
    idle_minutes: int = Field(default=480, ge=5, le=43_200)
    """A browser that is not used for so long has to sign in again."""
    absolute_hours: int = Field(default=168, ge=1, le=2_160)
    """And so long after it signed in, in any case."""
    public_url: str = Field(default="", pattern=_PUBLIC_URL)
    """Where people reach the service: `https://languages.example.org`. The provider sends browsers back there."""
    oidc: OidcSettings = OidcSettings()

    @property
    def on(self) -> bool:
        return self.mode == "on"


class MailSettings(_Table):
    """Notices by e-mail, through the organization's mail server; off while `host` is empty."""

    host: str = ""
    port: int = Field(default=587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` sends in clear: only to a server on this machine or on a network that nobody else reads."""
    user: str = ""
    password: str = Field(default="", repr=False)
    sender: str = Field(default="", pattern=_ADDRESS)
    """Whom messages come from: `languages@example.org`."""


class WebhookSettings(_Table):
    """Whom other systems' addresses may be."""

    allow_http: bool = False
    """Also without encryption."""
    allow_private: bool = False
    """Also hosts of the organization's own network, and this machine."""


def _data_path() -> Path:
    return platformdirs.user_data_path("langsupport", appauthor=False)


class Settings(_Table):
    """Everything that can be set. Frozen: a change needs a restart."""

    data_dir: Path = Field(default_factory=lambda: _data_path() / "data")
    models_dir: Path = Field(default_factory=lambda: _data_path() / "models")
    manifests_dir: Path = Field(default_factory=lambda: shipped("models"))
    database_url: str | None = Field(default=None, repr=False)
    """None: SQLite in the data folder. Or postgresql://user:password@host/name."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    allowed_hosts: tuple[str, ...] = ()
    """Host names that requests may carry, besides those of this machine."""
    role: Literal["all", "web", "worker"] = "all"
    """`all` serves and works in one process (the only choice with SQLite); `web` only serves, `worker` only works."""

    max_upload_bytes: int = Field(default=100 * MEBIBYTE, ge=1)
    """Largest document."""
    max_recording_bytes: int = Field(default=2048 * MEBIBYTE, ge=1)
    max_text_characters: int = Field(default=100_000, ge=1)
    """Longest text to translate while the caller waits."""
    min_free_bytes: int = Field(default=256 * MEBIBYTE, ge=0)
    """Uploads are refused when less than this would stay free on the disk."""
    retention_days: int = Field(default=0, ge=0)
    """Documents and recordings are deleted after so many days; 0 keeps them."""

    checks: dict[str, Level] = Field(default_factory=dict)
    """Names of checks to `off`, `info`, `warning` or `error`; those that aren't named are as docs/checks.md says."""
    accounts: AccountSettings = AccountSettings()
    claim_hours: int = Field(default=48, ge=1, le=2_160)
    """So long somebody keeps a task of the queue without saving anything in it; then others may take it over."""
    currency: str = Field(default="USD", pattern=_CURRENCY)
    """Of prices and budgets."""
    figures: Figures = Figures.LANGUAGES
    """Whose quality figures coordinators see: `off`, `languages`, or `people` too. Everybody sees their own."""
    mail: MailSettings = MailSettings()
    webhooks: WebhookSettings = WebhookSettings()
    jobs: JobSettings = JobSettings()
    adaptation: AdaptationSettings = AdaptationSettings()
    inference: InferenceSettings = InferenceSettings()
    live: LiveSettings = LiveSettings()

    @field_validator("checks")
    @classmethod
    def _known_checks(cls, value: dict[str, Level]) -> dict[str, Level]:
        for name, level in value.items():
            if name not in NAMES:
                raise ValueError(f"“{name}” is no check; {_near(name, NAMES)}")
            if name in FIXED and level is not Level.ERROR:
                raise ValueError(f"“{name}” can only be error: what it finds would lose a part of the document")
        return value

    @field_validator("data_dir", "models_dir", "manifests_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("allowed are sqlite:///… and postgresql://…")
        return value

    @property
    def levels(self) -> Levels:
        """How loud each check is here, as `checks.run` takes it."""
        return MappingProxyType(self.checks)

    @property
    def database(self) -> str:
        """The database's URL, whichever it is."""
        return self.database_url or f"sqlite:///{self.data_dir / 'langsupport.sqlite'}"


def shipped(kind: Literal["models", "configs"]) -> Path:
    """The folder of shipped manifests or configurations: in an installed package, or in the checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_shipped" / kind
    return installed if installed.is_dir() else package.parents[1] / kind


def load_settings(config: Path | str | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Raises:
        ConfigurationError: names the file or environment variable, the key, and what is allowed.
    """
    path = _config_path(config, environ)
    values = _read(path) if path else {}
    if path:
        _check(values, str(path))
    for name, (keys, value) in _from_environment(environ).items():
        place = values
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1]] = value
        _check(values, name)
    return _check(values, str(path or "settings"))


def _config_path(config: Path | str | None, environ: Mapping[str, str]) -> Path | None:
    named = config or environ.get(f"{PREFIX}CONFIG") or None
    if named is None:
        usual = platformdirs.user_config_path("langsupport", appauthor=False) / "config.toml"
        return usual if usual.is_file() else None
    path = Path(named).expanduser()
    if not path.suffix and path.name == str(named) and not path.exists():
        path = shipped("configs") / f"{named}.toml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in shipped("configs").glob("*.toml")))
        detail = f"there is no such file; give a path or one of {known}"
        raise ConfigurationError(source=str(named), key="config", detail=detail)
    return path


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(source=str(path), key="the file", detail=f"not valid TOML: {error}") from error
    except OSError as error:
        raise ConfigurationError(source=str(path), key="the file", detail=f"can't be read: {error.strerror}") from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, tuple[tuple[str, ...], Any]]:
    """Variable name to (keys, value) for what the environment sets; empty values count as not set."""
    known = _environment_names()
    found: dict[str, tuple[tuple[str, ...], Any]] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name.startswith(_NOT_SETTINGS) or not value:
            continue
        if name not in known:
            raise ConfigurationError(source="environment", key=name, detail=_unknown(name, list(known)))
        keys, is_list = known[name]
        found[name] = keys, [part.strip() for part in value.split(",")] if is_list else value
    return found


def _environment_names() -> dict[str, tuple[tuple[str, ...], bool]]:
    """Variable name to (keys, whether it is a comma-separated list)."""
    names: dict[str, tuple[tuple[str, ...], bool]] = {}

    def walk(table: type[BaseModel], before: tuple[str, ...]) -> None:
        for key, info in table.model_fields.items():
            kind = info.annotation
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                walk(kind, (*before, key))
            elif getattr(kind, "__origin__", None) is not dict and not _is_of_tables(kind):
                is_list = getattr(kind, "__origin__", None) is tuple
                names[PREFIX + "_".join((*before, key)).upper()] = (*before, key), is_list

    walk(Settings, ())
    return names | {alias: ((key,), False) for alias, key in _ALIASES.items()}


def _is_of_tables(kind: Any) -> bool:
    """Lists of tables stand in a file only."""
    return any(isinstance(one, type) and issubclass(one, BaseModel) for one in getattr(kind, "__args__", ()))


def _check(values: dict[str, Any], source: str) -> Settings:
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(source=source, key=key, detail=_explained(first)) from error


def _explained(error: ErrorDetails) -> str:
    """What is wrong and what is allowed, in our words where pydantic's are about Python."""
    if error["type"] == "extra_forbidden":
        table: type[BaseModel] = Settings
        for part in error["loc"][:-1]:
            if isinstance(part, int):  # in a list of tables
                continue
            kind: Any = table.model_fields[str(part)].annotation
            kind = kind.__args__[0] if _is_of_tables(kind) else kind
            assert isinstance(kind, type) and issubclass(kind, BaseModel)
            table = kind
        return _unknown(str(error["loc"][-1]), list(table.model_fields))
    if error["type"] == "string_pattern_mismatch":
        return _PATTERNS[error["ctx"]["pattern"]].format(error["input"])
    if error["type"] in ("literal_error", "enum"):
        return f"“{error['input']}” is not allowed; allowed are {error['ctx']['expected']}"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    message = error["msg"][0].lower() + error["msg"][1:]
    shown = "" if str(error["loc"][-1]) in ("client_secret", "password") else f" (it is {error['input']!r})"
    return message.replace("input should be", "must be") + shown


_GONE = {
    "access_key": 'accounts took its place: set accounts.mode = "on", and give programs a token (docs/accounts.md)',
}
"""Settings that there were."""


def _unknown(name: str, known: list[str]) -> str:
    gone = _GONE.get(name.removeprefix(PREFIX).lower())
    if gone:
        return gone
    return f"unknown; {_near(name, known)}"


def _near(name: str, known: Sequence[str]) -> str:
    """What may have been meant, and what there is."""
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{hint}known are {', '.join(sorted(known))}"


__all__ = [
    "AccountSettings",
    "InferenceSettings",
    "JobSettings",
    "LiveSettings",
    "MailSettings",
    "OidcSettings",
    "Settings",
    "WebhookSettings",
    "load_settings",
    "shipped",
]
