"""Protected entities: the grammar of what must come out as it went in, as one readable table.

To add a kind of entity, add a row: the examples of every row are tested.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain

from langsupport.domain.entities import EntityKind, ProtectedEntity

MAX_ENTITIES = 10_000
"""At most so many in one text; a longer list means that the text is a table of data and not prose."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: what it is called, its kind, its pattern (verbose regular expression) and real examples."""

    name: str
    kind: EntityKind
    pattern: str
    examples: tuple[str, ...]


_EDGE = r"(?<![\w./@\-])"  # an entity doesn't begin inside a word, a path or another symbol
_END = r"(?![\w])"
_LANG = r"(?:-[ACEFRS](?!\w))?"  # the language letter of a document symbol
_PAREN_REV = r"(?:[ ]?\((?:Rev|Corr|Add|Amd|Cor|Rév)\.?[ ]?\d*(?:[-–]\d+)?\))"
_ITU = r"(?:ITU|UIT|МСЭ)[-‑–](?:[TRD]|Т|Р|Д)"
_AMENDED = r"(?:/?[ ]?(?:Amd|Cor)\.?[ ]?\d+)?"
_YEAR = r"(?:[ ]?\((?:\d{1,2}/)?(?:19|20)\d\d(?:,[ ]?\w+\.?[ ]?\d+)?\))"

GRAMMAR: tuple[Rule, ...] = (
    Rule(
        "web address", EntityKind.URL,
        r"(?:https?|ftp)://[^\s<>\"'“”«»（）،؛؟\u3000-\u303f\uff00-\uffef]+(?<![.,;:!?\)\]}])"
        r"|(?<![\w@.])www\.[\w\-]+(?:\.[\w\-]+)+(?:/[^\s<>\"'“”«»（）،؛؟\u3000-\u303f\uff00-\uffef]*(?<![.,;:!?\)\]}]))?",
        ("http://www.itu.int/ITU-T/ipr/", "https://www.un.org/en/about-us", "www.itu.int"),
    ),
    Rule("e-mail address", EntityKind.EMAIL, r"(?<![\w.+\-])[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+", ("tsbdir@itu.int",)),
    Rule(
        "DOI", EntityKind.IDENTIFIER, r"(?:doi:[ ]?)?\b10\.\d{4,9}/[^\s<>\"“”«»，。；،؛؟]+(?<![.,;:!?\)])",
        ("10.1000/182", "doi:10.5281/zenodo.123456"),
    ),
    Rule(
        "ISBN or ISSN", EntityKind.IDENTIFIER,
        r"\bISBN(?:-1[03])?:?[ ]?[\d][\d\- ]{8,15}[\dX]\b|\bISSN:?[ ]?\d{4}-\d{3}[\dX]\b",
        ("ISBN 978-92-61-12345-6", "ISSN 1564-5290"),
    ),
    Rule(
        "ITU temporary or numbered document", EntityKind.DOCUMENT_SYMBOL,
        rf"\bTD[ ]?\d+{_LANG}(?![-\d])(?:[ ]?\((?:PLEN|GEN|WP[ ]?\d/?\d*"
        rf"|Rev\.?[ ]?\d+)[^)]*\))?(?:[ ]?\(?Rev\.?[ ]?\d+\)?)?|\bTD\d+{_PAREN_REV}?(?:-[A-Z0-9]+)+",
        ("TD 123 (PLEN)", "TD 45-E", "TD 12 (GEN)", "TD12-R1"),
    ),
    Rule(
        "ITU Council, conference or group document", EntityKind.DOCUMENT_SYMBOL,
        rf"\b(?:C|PP|WTSA|WTDC|WRC|RRB|CWG|TDAG|TSAG|RAG"
        rf"|WSIS)-?\d{{2}}(?:[-.][A-Z0-9]+)*/(?:[A-Z]+/)*\d+{_PAREN_REV}*{_LANG}",
        ("C25/17(Rev.1)-E", "PP-22/23-E", "C24/INF/3", "WTSA-24/35(Add.2)"),
    ),
    Rule(
        "ITU study group document", EntityKind.DOCUMENT_SYMBOL,
        rf"\b(?:SG|TSAG|RAG|TDAG|FG|JCA|WP)-?\d*(?:RG)?-(?:TD|C|R|LS|DOC|O|I)-?\d+{_PAREN_REV}?(?:-[A-Z0-9]+)*"
        rf"|\bT\d\d-SG\d+-\d+-[A-Z]+-\d+",
        ("SG20-TD123-R1", "SG17-C45", "SG2-LS12", "TSAG-TD789", "T22-SG20-230130-TD-0123"),
    ),
    Rule(
        "ITU contribution or report", EntityKind.DOCUMENT_SYMBOL,
        rf"\bCOM[ ]?\d+[ ]?[-–][ ]?[A-Z]+[ ]?\d+{_LANG}|\bCOM-[A-Z]\b(?:[ ]?\d+)?|\bCL[ ]?\d+/\d+",
        ("COM 16 – R 15", "COM 17-R 35-E", "COM-R"),
    ),
    Rule(
        "United Nations symbol", EntityKind.DOCUMENT_SYMBOL,
        r"\b(?=[\w/.()\-]*\d)(?:A|E|S|T|ST|ECE|ESCAP|ECA|CCPR|CEDAW|CRC|CAT|CERD|CRPD|FCCC|CTOC|HRI|HSP|ICCD|NPT|TD"
        r"|UNEP|CEB|DP|JIU|LC|CD|CBD|GE|TRADE|TRANS|ENERGY|ITC|IDB|GC|WHO|UNESCO|WIPO|ICAO|IAEA)"
        r"(?:/[A-Za-z0-9][A-Za-z0-9.\-]*(?:\([A-Z0-9\-]+\))?)+(?<![.\-])(?:[ ]and[ ](?:Add|Corr)\.\d+)?",
        ("A/RES/70/1", "ECE/TRADE/C/CEFACT/2019/22/Rev.1", "E/2020/1/Add.1", "S/PV.1234", "ST/AI/2017/1"),
    ),
    Rule(
        "UN resolution of the Security Council style", EntityKind.DOCUMENT_SYMBOL, r"\b\d{3,4}[ ]\((?:19"
        r"|20)\d\d\)", ("1325 (2000)",),
    ),
    Rule(
        "ITU Recommendation", EntityKind.RECOMMENDATION,
        rf"{_EDGE}{_ITU}[ \u00a0](?:(?:Rec|Recommendation|Recommandation"
        rf"|Recomendación)\.?[ ])?[A-Z]{{1,3}}\.?\d+(?:[.\-]\d+)*[A-Z]?(?:/[A-Z]\.\d+(?:\.\d+)*)*{_AMENDED}{_YEAR}?"
        rf"|\b[A-Z]\.\d{{2,4}}(?:\.\d+)*(?:/[A-Z]\.\d+(?:\.\d+)*)*{_YEAR}?{_END}",
        ("ITU-T Y.4903/L.1603 (10/2016)", "ITU-R BT.601-7", "ITU-T H.264", "UIT-T E.119", "МСЭ-Т E.119", "X.509"),
    ),
    Rule(
        "ITU supplement, handbook or series", EntityKind.RECOMMENDATION,
        rf"{_EDGE}{_ITU}[ ][A-Z][ ](?:Suppl|Supp)\.[ ]?\d+{_YEAR}?|{_EDGE}{_ITU}[ ][A-Z]-series",
        ("ITU-T Y Suppl. 45", "ITU-T L Suppl. 34 (2017)"),
    ),
    Rule(
        "ITU sector", EntityKind.NAME, rf"{_EDGE}{_ITU}{_END}", ("ITU-T", "UIT-R", "МСЭ-Т"),
    ),
    Rule(
        "international or national standard", EntityKind.RECOMMENDATION,
        rf"{_EDGE}(?:ISO|IEC|CEI|IEEE|ETSI|EN|ANSI|NIST|GOST|ГОСТ|GB/T|CEN|IHO)(?:/(?:IEC|CEI|IEEE|CIE|TS|TR|PAS|GUIDE))*"
        r"(?:[ ](?:Std|TS|TR|EN|ES|EG|SP|FIPS|PUB|DIS|FDIS|CD))*[ \u00a0]?[A-Z]?\d[\d.]*(?:[ ]\d{3})*(?<!\.)[a-z]{0,2}"
        r"(?:[-–]\d+)*(?::(?:19|20)\d\d)?(?:/(?:Amd|Cor)\.?[ ]?\d+(?::\d{4})?)?",
        ("ISO/IEC 5230:2020", "ISO 9001", "IEEE 802.11ac", "ISO/IEC TR 10000-1", "ETSI TS 102 822", "EN 301549"),
    ),
    Rule(
        "Internet standard", EntityKind.RECOMMENDATION, r"\b(?:RFC|BCP|STD|FYI)[ \u00a0-]?\d{1,5}\b"
        r"|\bdraft-[a-z0-9]+(?:-[a-z0-9]+)+",
        ("RFC 2119", "RFC2119", "BCP 47", "draft-ietf-quic-transport-34"),
    ),
    Rule("licence identifier", EntityKind.IDENTIFIER, r"\b(?:CC[ -]BY(?:-(?:NC|SA|ND))*(?:[ -]\d\.\d)?"
    r"|CC0(?:[ -]1\.0)?)\b", ("CC BY 4.0", "CC0 1.0", "CC-BY-SA-4.0")),
    Rule("study question", EntityKind.QUESTION, r"\bQ\.?[ ]?\d{1,2}/\d{1,2}\b", ("Q1/20", "Q.3/17")),
    Rule(
        "bibliographic label", EntityKind.IDENTIFIER, r"\[(?=[^\]]*[A-Z])[A-Za-z0-9][A-Za-z0-9.\-/_]*(?:[ "
        r"][A-Z0-9][A-Za-z0-9.\-/_]*)?\](?!\()",
        ("[b-UNISDR]", "[b-FG-NRR]", "[RFC2119]", "[ITU-T E.108]"),
    ),
    Rule(
        "file name", EntityKind.IDENTIFIER,
        r"(?<![\w/])(?:[\w\-]+/)*[\w\-]+(?:\.[\w\-]+)*\.(?:docx?|xlsx?|pptx?|pdf|txt|csv|tsv|html?|xml|json|ya?ml"
        r"|toml|md|zip|gz|tar|py|js|ts|css|c|h|cpp|java|rs|go|sh|exe|dll|png|jpe?g|gif|svg|mp3|mp4|wav|vtt|srt|xlf"
        r"|xliff|tmx|tbx|odt|ods|odp|log|ini|cfg)\b(?![.\-]\w)",
        ("report_2024.docx", "src/main.py", "README.md"),
    ),
    Rule("version", EntityKind.IDENTIFIER, r"\bv\d+(?:\.\d+)+(?:[-+][\w.]+)?\b|\b\d+\.\d+\.\d+(?:-(?:rc|alpha|beta"
    r"|dev)[\w.]*)\b", ("v1.2.3", "v2.0-rc1", "1.0.2-beta1")),
    Rule(
        "code", EntityKind.IDENTIFIER,
        r"`[^`\n]+`|\b[A-Za-z]\w*(?:_\w+)+(?:\(\))?|\b[a-z]{2,}(?:[A-Z][a-z0-9]+)+(?:\(\))?(?![a-z])"
        r"|\b[A-Za-z_]\w*\(\)|\b0x[0-9A-Fa-f]+\b|(?<!\w)--[a-z][a-z\-]+\b|\{[a-zA-Z_]\w*\}|%\([a-z_]+\)[sd]|%[sd]\b"
        r"|\$\{\w+\}",
        ("`make demo`", "max_upload_bytes", "findEntities()", "0x2066", "--help", "{name}"),
    ),
    Rule("placeholder in double braces", EntityKind.IDENTIFIER, r"\{\{[^{}\n]{1,80}\}\}"
    r"|\{%[^%\n]{1,200}%\}", ("{{ site.url }}", "{% include toc.html %}")),
    Rule(
        "IP address", EntityKind.IDENTIFIER,
        r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?(?![\d.])",
        ("192.168.0.1", "10.0.0.0/8"),
    ),
    Rule(
        "date or time in digits", EntityKind.NUMBER,
        r"(?<![\d/.\-])(?:\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?Z?)?|\d{1,2}/\d{1,2}/\d{4}"
        r"|\d{1,2}\.\d{1,2}\.\d{4}|\d{1,2}:\d{2}(?::\d{2})?)(?![\d/])",
        ("2016-10-05", "05/10/2016", "05.10.2016", "9:30"),
    ),
    Rule(
        "number", EntityKind.NUMBER,
        r"(?<![\w])[+\-−]?[\d٠-٩۰-۹](?:[\d٠-٩۰-۹]|[.,٫٬'’/](?=[\d٠-٩۰-۹])"
        r"|[ \u00a0\u202f\u2009](?=[\d٠-٩]{3}(?![\d٠-٩])))*(?:[ \u00a0\u202f]?[%٪‰])?",
        ("1 234,56", "1,234.56", "25%", "١٬٢٣٤٫٥", "3.1.2", "10/2016"),
    ),
)  # fmt: skip
"""Order decides between two of equal length; otherwise the longest wins."""

# ASCII word edges, because Chinese writes symbols without a space around them.
_COMPILED = tuple((re.compile(rule.pattern, re.ASCII), rule.kind) for rule in GRAMMAR)


def find_entities(text: str, language: str) -> list[ProtectedEntity]:
    """The protected entities of a text: sorted, not overlapping, the longest first choice.

    `language` is the text's; the grammar is the same for the six because symbols are written alike in all,
    the spelling of ITU's name apart (ITU, UIT, МСЭ), which stays as written: changing it is house policy.
    """
    if not text or text.isalpha():
        return []
    found = chain.from_iterable(
        ((match.start(), match.end(), row, kind) for match in pattern.finditer(text) if match.end() > match.start())
        for row, (pattern, kind) in enumerate(_COMPILED)
    )
    taken = bytearray(len(text))
    chosen: list[tuple[int, int, EntityKind]] = []
    for start, end, _, kind in sorted(found, key=lambda hit: (hit[0] - hit[1], hit[2], hit[0])):
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            chosen.append((start, end, kind))
            if len(chosen) >= MAX_ENTITIES:
                break
    return [ProtectedEntity(start, end, text[start:end], kind) for start, end, kind in sorted(chosen)]
