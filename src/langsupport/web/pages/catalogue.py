"""The tool for the interface's strings: collect them, update the catalogues, check that no language lags.

    python -m langsupport.web.pages.catalogue update   writes new strings into the six .po files, to be translated
    python -m langsupport.web.pages.catalogue check    says what is missing; exit code 1 if anything is

Strings come from the templates (`_()`, `{% trans %}`), from the pages' own code (`N_()`), and from the whole package:
the templates of errors.py and of findings, and the details that errors are raised with, since all of them reach
readers.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from langsupport.domain.languages import LANGUAGES
from langsupport.web.pages.rendering import TEMPLATES_DIR
from langsupport.web.pages.translations import DOMAIN, LOCALES, catalogue_path

PACKAGE_DIR = Path(__file__).parent.parent.parent
HEADER = "# Interface of langsupport.\n# Licence: Apache-2.0\n#"
SENTENCE_ARGUMENTS = frozenset({"detail", "template", "feature", "what"})
"""Keyword arguments whose text readers see: of errors, findings and problems."""
NOT_FOR_READERS = (
    "cli/",
    "web/compat/",
    "engines/",
    "training/",
    "services/settings.py",
    "services/database.py",
    "captioning/frames.py",
    "domain/live.py",
    "services/live_",
    "services/session_log.py",
    "web/live/listening.py",
    "web/live/sound.py",
    "web/live/watching.py",
)
"""What only administrators and programs meet: the terminal, installing models, settings, other products' APIs, and
what senders of sound and viewers' clients are told when they don't keep to the protocol."""
STILL_FOR_READERS = (
    "engines/core.py",
    "engines/routes.py",
    "services/live_feed.py",
    "services/live_runner.py",
    "services/live_viewer.py",
)
NOUN_TABLES = frozenset({"_NAMES", "_OTHER_KINDS", "_SIGNATURES"})
"""Tables of words that fill a sentence's fields."""
_MARKS = frozenset({"N_"})
_FIELD = re.compile(r"\{(\w+)\}")
_PERCENT_FIELD = re.compile(r"%\((\w+)\)s")

Found = tuple[str | tuple[str, str], str]
"""(message id, or singular and plural; where: path from the package)."""


def collect() -> Catalog:
    """All strings of the interface, with the files they come from."""
    template = Catalog(domain=DOMAIN, project="langsupport")
    for message, where in (*_from_templates(), *_from_code()):
        template.add(message, locations=[(where, 0)])
    return template


def _from_templates() -> Iterator[Found]:
    options = {"**.html": {"encoding": "utf-8", "silent": "false", "newstyle_gettext": "true", "trimmed": "false"}}
    methods = [("**.html", "jinja2")]
    for name, _, message, _, _ in extract_from_dir(TEMPLATES_DIR, methods, options):
        place = f"web/templates/{name}"
        yield (message, place) if isinstance(message, str) else ((message[0], message[1]), place)


def _from_code() -> Iterator[Found]:
    for path in sorted(PACKAGE_DIR.rglob("*.py")):
        where = path.relative_to(PACKAGE_DIR).as_posix()
        if where.startswith(NOT_FOR_READERS) and where not in STILL_FOR_READERS:
            continue
        for text in _sentences(ast.parse(path.read_text(encoding="utf-8"))):
            if any(character.isalpha() for character in _FIELD.sub("", text)):
                yield text, where


def _sentences(tree: ast.Module) -> Iterator[str]:
    found = _of_findings(tree) if _makes_findings(tree) else iter(())
    yield from found
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node)
        elif isinstance(node, ast.Assign):
            name = _names(node.targets[0])
            if name in ("template", "detail", "_UNEXPECTED"):
                yield from _texts(node.value)
            elif name in NOUN_TABLES:
                yield from _nouns(node.value)


def _of_call(node: ast.Call) -> Iterator[str]:
    if isinstance(node.func, ast.Name) and node.func.id in _MARKS:
        yield from _texts(node.args[0])
    elif _reaches_readers(node.func):
        for keyword in node.keywords:
            if keyword.arg in SENTENCE_ARGUMENTS:
                yield from _texts(keyword.value)


def _makes_findings(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.Call) and _names(node.func) == "Finding" for node in ast.walk(tree))


def _of_findings(tree: ast.Module) -> Iterator[str]:
    """In a module that makes findings every constant that reads like a sentence is one, however it gets there."""
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    skipped |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "promise"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            text = node.value
            if " " in text and text.endswith(".") and (text[0].isupper() or text[0] == "{"):
                yield text


def _nouns(table: ast.expr) -> Iterator[str]:
    """The words of a table: the values of a dictionary, or the last items of rows."""
    values: list[ast.expr] = []
    if isinstance(table, ast.Dict):
        values = table.values
    elif isinstance(table, ast.Tuple):
        values = [row.elts[-1] for row in table.elts if isinstance(row, ast.Tuple)]
    for value in values:
        yield from _texts(value)


def _reaches_readers(function: ast.expr) -> bool:
    """Whether a call makes an error, a finding or a problem: by its name, which begins with a capital."""
    return _names(function).lstrip("_")[:1].isupper()


def _names(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _texts(node: ast.expr) -> Iterator[str]:
    """The strings that an expression can be: constants, and f-strings with their parts as {fields}."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield _as_template(node)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def _as_template(node: ast.JoinedStr) -> str:
    parts: list[str] = []
    for value in node.values:
        if isinstance(value, ast.Constant):
            parts.append(str(value.value))
        elif isinstance(value, ast.FormattedValue):
            parts.append("{" + _field_name(value.value, sum(part.startswith("{") for part in parts)) + "}")
    return "".join(parts)


def _field_name(node: ast.expr, index: int) -> str:
    name = _names(node)
    return name if name.isidentifier() else f"part{index + 1}"


def read(code: str) -> Catalog:
    path = catalogue_path(code)
    if not path.exists():
        return Catalog(locale=LOCALES[code], domain=DOMAIN, project="langsupport")
    with path.open("rb") as stream:
        return read_po(stream, locale=LOCALES[code], domain=DOMAIN)


def update() -> None:
    """Bring the six catalogues to the strings of now: new ones come in empty (in English filled), unused ones go."""
    for code in LANGUAGES:
        found = read(code)
        found.update(collect(), no_fuzzy_matching=True)  # fresh each time: the catalogues would share its messages
        found.obsolete.clear()
        found.header_comment = HEADER
        if code == "en":
            _fill_english(found)
        path = catalogue_path(code)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            write_po(stream, found, width=0, sort_output=True, include_lineno=False, ignore_obsolete=True)


def _fill_english(found: Catalog) -> None:
    for message in found:
        if message.id:
            message.string = message.id


def faults(code: str, template: Catalog) -> list[str]:
    """What is wrong with one language's catalogue, a sentence each; [] if it is complete."""
    found = read(code)
    problems: list[str] = []
    for wanted in template:
        if not wanted.id:
            continue
        own = found.get(wanted.id, wanted.context)
        problems += _message_faults(code, wanted, own, found.num_plurals)
    known = {message.id for message in template}
    problems += [
        f"{code}: no longer used: {message.id!r}" for message in found if message.id and message.id not in known
    ]
    return problems


def _message_faults(code: str, wanted: Message, own: Message | None, forms: int) -> list[str]:
    if own is None:
        return [f"{code}: missing: {wanted.id!r}"]
    texts = [own.string] if isinstance(own.string, str) else list(own.string or ())
    if not texts or not all(texts) or (wanted.pluralizable and len(texts) != forms):
        return [f"{code}: not translated: {wanted.id!r}"]
    if own.fuzzy:
        return [f"{code}: to be looked at again (fuzzy): {wanted.id!r}"]
    ids = [wanted.id] if isinstance(wanted.id, str) else list(wanted.id)
    allowed = set().union(*map(_placeholders, ids))
    needed = set.intersection(*map(_placeholders, ids)) if len(texts) == 1 else set()
    for text in texts:
        if not needed <= _placeholders(text) <= allowed:
            return [f"{code}: other placeholders than in {wanted.id!r}: {text!r}"]
    return []


def _placeholders(text: str) -> set[str]:
    return set(_FIELD.findall(text)) | set(_PERCENT_FIELD.findall(text))


def check() -> list[str]:
    template = collect()
    return [fault for code in LANGUAGES for fault in faults(code, template)]


def main(arguments: list[str]) -> int:
    if arguments == ["update"]:
        update()
    elif arguments != ["check"]:
        print(__doc__, file=sys.stderr)
        return 2
    problems = check()
    for problem in problems:
        print(problem)
    print(f"{len(problems)} to do" if problems else "The catalogues are complete.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
