"""What came back in a package, against what was sent: nothing is lost silently, every conflict is a finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from langsupport.domain.findings import Finding, Severity
from langsupport.domain.interchange import (
    InterchangeText,
    Package,
    PackagedSegment,
    PackagedUnit,
    six_language,
)
from langsupport.domain.units import CodedText, InlineCode, Origin

Key = tuple[str, str]
"""(unit id, segment id)"""


@dataclass(frozen=True, slots=True)
class Returned:
    """A package that came back. `segments`: every segment that was sent, as it is now; codes have the sent roles.

    `changed`: those whose text or state is another than was sent, in order. `findings` name the package's unit ids.
    """

    segments: Mapping[Key, PackagedSegment]
    changed: tuple[Key, ...]
    findings: tuple[Finding, ...]


def compare(sent: Package, back: Package) -> Returned:
    """Lay what came back over what was sent.

    A segment that is missing or emptied keeps what was sent; one that is unknown, that came twice, whose source or
    codes were changed is told with its texts, so that a person can decide.
    """
    findings = [*_languages(sent, back), *back.findings]
    arrived: dict[Key, PackagedSegment] = {}
    known = {(unit.id, segment.id): segment for unit in sent.units for segment in unit.segments}
    for unit, segment in _all(back):
        key = (unit.id, segment.id)
        if key not in known:
            findings.append(_unknown(unit, segment))
        elif key in arrived and _text(arrived[key]) != _text(segment):
            findings.append(_double(unit, segment, arrived[key]))
        arrived.setdefault(key, segment)
    segments: dict[Key, PackagedSegment] = {}
    changed: list[Key] = []
    for key, before in known.items():
        now = _merged(key, before, arrived.get(key), findings)
        segments[key] = now
        if _text(now) != _text(before) or _codes(now) != _codes(before) or now.state is not before.state:
            changed.append(key)
    return Returned(segments, tuple(changed), tuple(findings))


def _all(package: Package) -> Iterator[tuple[PackagedUnit, PackagedSegment]]:
    return ((unit, segment) for unit in package.units for segment in unit.segments)


def _text(segment: PackagedSegment) -> str | None:
    return None if segment.target is None else segment.target.plain


def _codes(segment: PackagedSegment) -> object:
    return None if segment.target is None else segment.target.coded.codes


def _languages(sent: Package, back: Package) -> Iterator[Finding]:
    pairs = (sent.source_language, back.source_language), (sent.target_language, back.target_language)
    for was, now in pairs:
        if now and six_language(was) != six_language(now):
            template = "The package came back for {now} and was sent for {was}."
            yield Finding("package-language", Severity.ERROR, template, {"was": was, "now": now})


def _unknown(unit: PackagedUnit, segment: PackagedSegment) -> Finding:
    template = "Line {line}: the package holds a segment that was not sent ({unit}, {segment}): “{text}”."
    fields = {"line": segment.line, "unit": unit.id, "segment": segment.id, "text": _text(segment) or ""}
    return Finding("package-unknown", Severity.WARNING, template, fields, unit.id)


def _double(unit: PackagedUnit, segment: PackagedSegment, first: PackagedSegment) -> Finding:
    template = "Line {line}: this segment came twice; “{first}” was taken, “{second}” was not."
    fields = {"line": segment.line, "first": _text(first) or "", "second": _text(segment) or ""}
    return Finding("package-double", Severity.WARNING, template, fields, unit.id)


def _merged(key: Key, before: PackagedSegment, now: PackagedSegment | None, findings: list[Finding]) -> PackagedSegment:
    if now is None:
        template = "The segment {segment} did not come back; what was sent was kept."
        findings.append(Finding("package-missing", Severity.WARNING, template, {"segment": key[1]}, key[0]))
        return before
    if now.source.plain != before.source.plain:
        template = "Line {line}: the source text is another than was sent: “{now}”, not “{was}”."
        fields = {"line": now.line, "now": now.source.plain, "was": before.source.plain}
        findings.append(Finding("package-source", Severity.ERROR, template, fields, key[0]))
    if now.target is None:
        if before.target is not None:
            template = "Line {line}: the translation is empty; “{was}” was kept."
            fields = {"line": now.line, "was": before.target.plain}
            findings.append(Finding("package-empty", Severity.WARNING, template, fields, key[0]))
        return before
    target = _recognized(before.source.coded, now.target.coded)
    findings += _broken(key, now.line, before.source.coded, target)
    return replace(now, source=before.source, target=InterchangeText(target), origin=_origin(before, now))


def _origin(before: PackagedSegment, now: PackagedSegment) -> Origin | None:
    """A text that somebody changed is a person's, though its program still says what it was made from."""
    edited = before.target is not None and _text(now) != _text(before)
    return Origin.HUMAN if edited and now.origin is before.origin else now.origin


def _recognized(source: CodedText, target: CodedText) -> CodedText:
    """The target with the roles of the source's codes, whatever another program made of them."""
    known = {(code.id, code.kind): code for _, code in source.codes}
    codes = tuple((position, known.get((code.id, code.kind), code)) for position, code in target.codes)
    return CodedText(target.text, codes)


def _broken(key: Key, line: int, source: CodedText, target: CodedText) -> Iterator[Finding]:
    wanted, found = source.code_counts(), target.code_counts()
    fields = {"line": line, "text": target.text}
    if lost := wanted - found:
        template = "Line {line}: inline codes are missing ({codes}) in “{text}”; they will be put at its end."
        yield Finding("package-codes-missing", Severity.ERROR, template, {**fields, "codes": _named(lost)}, key[0])
    if added := found - wanted:
        template = "Line {line}: inline codes were added or doubled ({codes}) in “{text}”; they will be left out."
        yield Finding("package-codes-added", Severity.ERROR, template, {**fields, "codes": _named(added)}, key[0])


def _named(codes: Counter[InlineCode]) -> str:
    ends = {"open": "<{}>", "close": "</{}>", "single": "<{}/>"}
    return ", ".join(ends[code.kind.value].format(code.id) for code in codes.elements())
