"""TBX: version 2 (`martif`) and version 3 (ISO 30042:2019) in both styles read; version 3 in DCA style written.

DCA names a data category in an attribute (`<descrip type="definition">`), DCT in an element of a module's namespace
(`<basic:definition>`). We write DCA because it can say any category that was read, those of version 2 and of private
dialects too; DCT can only say what a published module holds.
"""

from __future__ import annotations

from lxml import etree

from langsupport.domain.findings import Finding, Severity
from langsupport.domain.interchange import (
    STATUS_VALUES,
    Attributes,
    ConceptLanguage,
    ConceptTerm,
    DataCategory,
    TermBase,
    TermConcept,
)
from langsupport.domain.terms import TermStatus
from langsupport.errors import DamagedFile, UnsupportedFormat
from langsupport.formats.interchange.safe_xml import (
    XML_LANG,
    line_of,
    local,
    namespace,
    parse_tree,
    xml_text,
)

CORE = "urn:iso:std:iso:30042:ed-2"
"""The namespace of version 3 (the second edition of ISO 30042)."""
_NSMAP: dict[str, str] = {None: CORE}  # type: ignore[dict-item]  # lxml takes None for the default namespace
_CORE_NAMESPACES = frozenset({"", CORE, "urn:iso:std:iso:30042:ed:3.0"})

_CONCEPTS = frozenset({"conceptEntry", "termEntry"})
_LANGUAGES = frozenset({"langSec", "langSet"})
_TERMS = frozenset({"termSec", "tig", "ntig"})
_CLASSES = {
    "admin": "source customerSubset projectSubset originatingInstitution originatingPerson originatingDatabase "
    "businessUnitSubset securitySubset entrySource searchTerm sortKey indexHeading keyword applicationSubset",
    "termNote": "administrativeStatus partOfSpeech termType grammaticalGender grammaticalNumber geographicalUsage "
    "termLocation register usageNote normativeAuthorization transferComment reading animacy timeRestriction",
    "descrip": "definition context subjectField example explanation characteristic",
    "transac": "transactionType",
    "transacNote": "responsibility",
    "xref": "xGraphic externalCrossReference xSource xAudio xVideo",
    "ref": "crossReference",
}
_CLASS = {name: element for element, names in _CLASSES.items() for name in names.split()}
"""The class of each data category: what DCT leaves to the module's definition and DCA writes."""
_GROUPS = frozenset({"descripGrp", "adminGrp", "transacGrp", "termNoteGrp"})


def read_terms(data: bytes, name: str) -> TermBase:
    """A whole term base. Comments are not kept; everything else is.

    `findings` say what was left out: language sections without a term, entries with an id that came before.

    Raises:
        UnsupportedFormat: XML, but no TBX. DamagedFile: a language section without its language; broken XML.
        EmptyInput, HostileFile, InputTooLarge: as `safe_xml.parse_tree`.
    """
    root = parse_tree(data, name)
    if local(root) not in {"tbx", "martif"}:
        supported = "TBX version 2 (<martif>) and version 3 (<tbx>)"
        raise UnsupportedFormat(name=f"{name} (its first element is <{local(root)}>)", supported=supported)
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    reader = _Reader(name)
    concepts = tuple(
        reader.concept(element, number)
        for number, element in enumerate((one for one in root.iter() if local(one) in _CONCEPTS), 1)
    )
    header = next((one for one in root if local(one) in {"tbxHeader", "martifHeader"}), None)
    back = next((one for one in root.iter() if local(one) == "back"), None)
    dialect = root.get("type", "") if local(root) == "tbx" else ""
    return TermBase(
        concepts,
        root.get(XML_LANG, "en"),
        dialect or "TBX-Basic",
        "" if header is None else _markup(header),
        "" if back is None else _markup(back),
        tuple(reader.findings),
    )


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.findings: list[Finding] = []
        self._ids: set[str] = set()

    def concept(self, element: etree._Element, number: int) -> TermConcept:
        id = element.get("id") or f"c{number}"
        if id in self._ids:
            self._finding(
                "terms-double-id", "Line {line}: the entry {id} was there before; both were kept.", element, id
            )
        self._ids.add(id)
        sections = [child for child in element if local(child) in _LANGUAGES]
        languages = [self._language(child, id) for child in sections]
        data = self._data(element, _LANGUAGES, "descrip")
        return TermConcept(id, tuple(one for one in languages if one is not None), data)

    def _finding(self, code: str, template: str, element: etree._Element, id: str) -> None:
        self.findings.append(Finding(code, Severity.WARNING, template, {"line": line_of(element), "id": id}, id))

    def _language(self, element: etree._Element, id: str) -> ConceptLanguage | None:
        language = (element.get(XML_LANG) or element.get("lang") or "").strip()
        if not language:
            detail = f"line {line_of(element)}: this language section of {id} does not say its language (xml:lang)"
            raise DamagedFile(name=self.name, detail=detail)
        terms = [self._term(child, id) for child in element if local(child) in _TERMS]
        found = tuple(term for term in terms if term is not None)
        if not found:
            template = "Line {line}: a language of {id} has no term and was left out."
            self._finding("terms-none", template, element, id)
            return None
        return ConceptLanguage(language, found, self._data(element, _TERMS, "descrip"))

    def _term(self, element: etree._Element, id: str) -> ConceptTerm | None:
        grouped = [inner for child in element if local(child) == "termGrp" for inner in child]
        children = [child for child in (*element, *grouped) if local(child) not in {"termGrp", ""}]
        term = next((child for child in children if local(child) == "term"), None)
        if term is None or not "".join(map(str, term.itertext())).strip():
            self._finding("terms-empty", "Line {line}: a term of {id} is empty and was left out.", element, id)
            return None
        data = tuple(self._category(child, "termNote") for child in children if child is not term)
        text = "".join(map(str, term.itertext()))
        return ConceptTerm(text, data, _attributes(term), _inner(term))

    def _data(self, element: etree._Element, without: frozenset[str], usual: str) -> tuple[DataCategory, ...]:
        return tuple(self._category(child, usual) for child in element if local(child) and local(child) not in without)

    def _category(self, element: etree._Element, usual: str) -> DataCategory:
        tag = local(element)
        if tag in _GROUPS and len(element):
            first, *others = (child for child in element if local(child))
            main = self._category(first, usual)
            group = tuple(self._category(child, "admin") for child in others)
            return DataCategory(main.element, main.name, main.value, main.attributes, group, main.markup)
        attributes = tuple(pair for pair in _attributes(element) if pair[0] != "type")
        value, markup = "".join(map(str, element.itertext())), _inner(element)
        if namespace(element) in _CORE_NAMESPACES:
            return DataCategory(tag, element.get("type", ""), value, attributes, (), markup)
        return DataCategory(_CLASS.get(tag, usual), tag, value, attributes, (), markup)


def _attributes(element: etree._Element) -> Attributes:
    return tuple((str(name), str(value)) for name, value in element.attrib.items())


def _inner(element: etree._Element) -> str:
    return _markup(element) if len(element) else ""


def _markup(element: etree._Element) -> str:
    """What is in an element, as XML without namespaces."""
    copy = etree.fromstring(etree.tostring(element, with_tail=False))
    for one in copy.iter():
        one.tag = etree.QName(one).localname
    etree.cleanup_namespaces(copy)
    text = etree.tostring(copy, encoding="unicode")
    return text[text.index(">") + 1 : text.rindex("</")] if not text.endswith("/>") else ""


def status_category(status: TermStatus) -> DataCategory:
    """A term's status, as TBX says it."""
    return DataCategory("termNote", "administrativeStatus", STATUS_VALUES[status])


def category(name: str, value: str, source: str = "") -> DataCategory:
    """A data category by its name: `definition`, `context`, `partOfSpeech`, `subjectField`, `note` …

    `source` says whence it is; notes, dates and references can't have one in TBX.
    """
    element = _CLASS.get(name, name if name in {"note", "date"} else "descrip")
    grouped = bool(source) and f"{element}Grp" in _GROUPS
    group = (DataCategory("admin", "source", source),) if grouped else ()
    return DataCategory(element, "" if element == name else name, value, (), group)


def write_terms(terms: TermBase) -> bytes:
    """The term base as TBX version 3, DCA style, UTF-8. Characters that XML cannot hold are left out."""
    root = etree.Element(f"{{{CORE}}}tbx", nsmap=_NSMAP)
    for name, value in (("type", terms.dialect), ("style", "dca"), (XML_LANG, terms.language)):
        root.set(name, xml_text(value))
    header = _child(root, "tbxHeader")
    _put_markup(header, terms.header or "<fileDesc><sourceDesc><p>langsupport</p></sourceDesc></fileDesc>")
    text = _child(root, "text")
    body = _child(text, "body")
    for concept in terms.concepts:
        _write_concept(body, concept)
    if terms.back:
        _put_markup(_child(text, "back"), terms.back.replace("refObjectList", "refObjectSec"))
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _child(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{CORE}}}{name}")


def _write_concept(body: etree._Element, concept: TermConcept) -> None:
    entry = _child(body, "conceptEntry")
    entry.set("id", xml_text(concept.id))
    entry.tail = "\n"
    for item in concept.data:
        _write_category(entry, item)
    for section in concept.languages:
        element = _child(entry, "langSec")
        element.set(XML_LANG, xml_text(section.language))
        for item in section.data:
            _write_category(element, item)
        for term in section.terms:
            _write_term(_child(element, "termSec"), term)


def _write_term(element: etree._Element, term: ConceptTerm) -> None:
    _fill(_child(element, "term"), term.text, term.markup, term.attributes)
    for item in term.data:
        _write_category(element, item)


def _write_category(parent: etree._Element, item: DataCategory) -> None:
    if item.group and f"{item.element}Grp" in _GROUPS:
        parent = _child(parent, f"{item.element}Grp")
    element = _child(parent, item.element)
    if item.name:
        element.set("type", xml_text(item.name))
    _fill(element, item.value, item.markup, item.attributes)
    for inner in item.group:
        _write_category(parent, inner)


def _fill(element: etree._Element, text: str, markup: str, attributes: Attributes) -> None:
    for name, value in attributes:
        element.set(name, xml_text(value))
    if markup:
        _put_markup(element, markup)
    else:
        element.text = xml_text(text)


def _put_markup(element: etree._Element, markup: str) -> None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    parsed = etree.fromstring(f'<x xmlns="{CORE}">{markup}</x>', parser)
    element.text = parsed.text
    element.extend(list(parsed))
