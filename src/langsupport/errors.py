"""Every error that langsupport raises on purpose, on one page.

    LangsupportError
    ├── InputError            what was given can't be used
    │   ├── UnsupportedFormat     no reader for this kind of file
    │   │   └── LegacyFormat          an older kind of file that its program can save as a newer one
    │   ├── EmptyInput            nothing in it to work on
    │   ├── DamagedFile           truncated, mislabelled or malformed
    │   ├── EncryptedFile         a password is needed
    │   ├── HostileFile           zip bomb, macros, external entities
    │   ├── InputTooLarge         over a stated limit
    │   ├── UnsupportedLanguage   none of the six, or not the language asked for
    │   ├── NoAudio               no sound track, or not decodable
    │   ├── InvalidRequest        a bad argument or option
    │   └── KeyReused             an Idempotency-Key that another request had
    ├── ModelError            a model can't serve
    │   ├── ModelMissing          not installed
    │   ├── ModelDamaged          hash or content not as the manifest says
    │   ├── SourceUnavailable     no source of the model answers
    │   ├── ExtraMissing          an optional package is not installed
    │   └── EngineFailure         the engine failed while it worked
    ├── ProgramMissing        a program beside langsupport is not installed
    ├── CapacityError         not now, or not on this machine
    │   ├── QueueFull             the bounded queue is full
    │   ├── MemoryShort           a model would not fit in memory
    │   ├── DiskFull              not enough room on the disk
    │   └── TooManyTries          of signing in; the wait grows
    ├── ConfigurationError    a setting is unknown or wrong; the start stops
    ├── Cancelled             the caller asked to stop
    ├── NotFound              no such document, rendition, recording or model
    ├── Conflict              somebody else changed it, or it is in use
    │   ├── Outdated              it was changed since it was read
    │   │   └── StaleSave             it was written over an older text; both are kept
    │   ├── TaskLost              the task is somebody else's now, or nobody's
    │   └── KeyInUse              the request with this Idempotency-Key runs still
    └── AccessDenied          the caller's role does not allow it
        └── SignInRequired        nobody signed in, or by something that doesn't hold (any more)

A message says what was wrong, where, and what to do. It is a `template` filled with `fields`,
so that the web can show it in each interface language; `code` is stable and safe for machines.
"""

from __future__ import annotations

from typing import Any, ClassVar


class LangsupportError(Exception):
    """Base of the tree. Subclasses state `code` and `template`; callers give the fields by name."""

    code: ClassVar[str] = "error"
    template: ClassVar[str] = "{detail}"

    def __init__(self, **fields: Any) -> None:
        self.fields: dict[str, Any] = fields
        super().__init__(self.template.format_map(fields))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.fields)


def _rebuild(kind: type[LangsupportError], fields: dict[str, Any]) -> LangsupportError:
    return kind(**fields)


class InputError(LangsupportError):
    code = "input"
    template = "{name}: {detail}"


class UnsupportedFormat(InputError):
    code = "unsupported-format"
    template = "{name}: this kind of file can't be read. Supported: {supported}."


class LegacyFormat(UnsupportedFormat):
    code = "legacy-format"
    template = "{name} is a file of an older kind. Open it in its own program, save it as {wanted} and retry."


class EmptyInput(InputError):
    code = "empty"
    template = "{name} holds no text or sound to work on."


class DamagedFile(InputError):
    code = "damaged"
    template = "{name} is damaged or not what its name says: {detail}. Save it again in its own program and retry."


class EncryptedFile(InputError):
    code = "encrypted"
    template = "{name} is protected by a password. Remove the protection and retry."


class HostileFile(InputError):
    code = "hostile"
    template = "{name} was refused for safety: {detail}."


class InputTooLarge(InputError):
    code = "too-large"
    template = "{name} is too large: {size}, and the limit is {limit}."


class UnsupportedLanguage(InputError):
    code = "unsupported-language"
    template = "{name}: {detail}. The languages are ar, zh, en, fr, ru and es."


class NoAudio(InputError):
    code = "no-audio"
    template = "{name} holds no sound that can be decoded: {detail}."


class InvalidRequest(InputError):
    code = "invalid"
    template = "{detail}"


class KeyReused(InputError):
    code = "key-reused"
    template = "This Idempotency-Key belongs to another request. Each request needs a key of its own."


class ModelError(LangsupportError):
    code = "model"
    template = "Model {model}: {detail}"


class ModelMissing(ModelError):
    code = "model-missing"
    template = "{detail} Install one with: langsupport models install {model}"


class ModelDamaged(ModelError):
    code = "model-damaged"
    template = "Model {model}: {detail}"


class SourceUnavailable(ModelError):
    code = "source-unavailable"
    template = "Model {model} could not be fetched: {detail}"


class ExtraMissing(ModelError):
    code = "extra-missing"
    template = "{feature} needs a package that is not installed. Install it with: pip install 'langsupport[{extra}]'"


class ProgramMissing(LangsupportError):
    code = "program-missing"
    template = "{program} is not installed where langsupport runs. {advice}"


class EngineFailure(ModelError):
    code = "engine-failure"
    template = "Model {model} failed: {detail}"


class CapacityError(LangsupportError):
    code = "capacity"
    template = "{detail}"


class QueueFull(CapacityError):
    code = "queue-full"
    template = "The {lane} queue is full ({limit} requests are waiting). Try again in a moment."


class MemoryShort(CapacityError):
    code = "memory-short"
    template = "Model {model} needs about {needed} of memory and {available} is free. Close other programs or choose a smaller model."


class DiskFull(CapacityError):
    code = "disk-full"
    template = "Not enough room in {path}: {needed} is needed and {available} is free. Free some space and retry."


class TooManyTries(CapacityError):
    code = "too-many-tries"
    template = "There were too many tries to sign in. Wait {seconds} seconds and try again."


class ConfigurationError(LangsupportError):
    code = "configuration"
    template = "{source}: {key}: {detail}"


class Cancelled(LangsupportError):
    code = "cancelled"
    template = "Cancelled."


class NotFound(LangsupportError):
    code = "not-found"
    template = "There is no {what} {id}."


class Conflict(LangsupportError):
    code = "conflict"
    template = "{detail}"


class Outdated(Conflict):
    """Changed meanwhile: what the change was made from is not the newest version."""

    code = "outdated"


class StaleSave(Outdated):
    code = "stale-save"
    template = "{by} changed segment {number} meanwhile. Your text is kept as a draft; compare the two and save again."


class TaskLost(Conflict):
    code = "task-lost"
    template = "{detail} What you wrote is kept as a draft."


class KeyInUse(Conflict):
    code = "key-in-use"
    template = "The first request with this Idempotency-Key is still being worked on. Ask again in a while."


class AccessDenied(LangsupportError):
    code = "access-denied"
    template = "{detail}"


class SignInRequired(AccessDenied):
    code = "sign-in-required"
    template = "Sign in first. Programs send a token as a bearer token; it may have expired or been revoked."
