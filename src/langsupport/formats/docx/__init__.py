"""Word documents (.docx): WordprocessingML in both its namespaces, ECMA-376 / ISO/IEC 29500."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from langsupport.domain.languages import language
from langsupport.domain.units import CodedText, Document, TranslationUnit
from langsupport.errors import UnsupportedLanguage
from langsupport.formats.base import Mark
from langsupport.formats.docx.census import census
from langsupport.formats.docx.mark import put_mark
from langsupport.formats.docx.notes import findings_of
from langsupport.formats.docx.package import Package
from langsupport.formats.docx.revisions import accept, drop_go_back
from langsupport.formats.docx.styles import Styles
from langsupport.formats.docx.target import retarget
from langsupport.formats.docx.units import Inventory, take_inventory, text_parts

__all__ = ["Docx"]


class Docx:
    """Word documents. Tracked changes are read and written in their final view; comments stay as they are."""

    name = "docx"
    title = "Word document"
    extensions = ("docx",)
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

    def read(self, data: bytes, name: str) -> Document:
        package = Package(data, name)
        styles = _styles(package)
        changes = _accept(package)
        inventory = take_inventory(package, styles)
        units = tuple(TranslationUnit(unit.id, unit.source, unit.kind) for unit in inventory.units)
        return Document(self.name, units, _language(styles), findings_of(package, inventory, changes))

    def write(
        self,
        data: bytes,
        name: str,
        targets: Mapping[str, CodedText],
        source_language: str,
        target_language: str,
        mark: Mark | None,
    ) -> bytes:
        package = Package(data, name)
        _accept(package)
        inventory = take_inventory(package, _styles(package))
        if source_language == target_language and not _changed(inventory, targets):
            package = Package(data, name)  # as it came: tracked changes stay too
        else:
            for unit in inventory.units:
                if unit.id in targets:
                    unit.put(targets[unit.id])
        if source_language != target_language:
            retarget(package, text_parts(package), source_language, target_language)
        if mark:
            put_mark(package, mark, target_language)
        return package.save()

    def census(self, data: bytes, name: str) -> Counter[str]:
        return census(Package(data, name))


def _styles(package: Package) -> Styles:
    part = next(iter(package.related(package.main, "styles")), None)
    return Styles(package.root(part) if part else None)


def _accept(package: Package) -> int:
    """Bring all parts with text into their final view; returns the number of tracked changes."""
    for part in text_parts(package):
        drop_go_back(package.root(part))
    return sum(accept(package.root(part)) for part in text_parts(package))


def _changed(inventory: Inventory, targets: Mapping[str, CodedText]) -> bool:
    return any(unit.id in targets and targets[unit.id] != unit.source for unit in inventory.units)


def _language(styles: Styles) -> str | None:
    declared = styles.language()
    try:
        return language(declared).code if declared else None
    except UnsupportedLanguage:
        return declared
