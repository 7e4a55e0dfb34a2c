"""What a file in another language is called."""

from __future__ import annotations


def rendition_name(name: str, source: str, target: str, extension: str | None = None) -> str:
    """`report.docx` in French is `report.fr.docx`, and so is `report.en.docx` when its source language is English.

    Args:
        extension: another one than the name has, without the dot (`vtt`).
    """
    stem, dot, own = name.rpartition(".")
    if not (dot and stem):
        stem, own = name, ""
    if stem.lower().endswith(f".{source}") and len(stem) > len(source) + 1:
        stem = stem[: -len(source) - 1]
    return ".".join(part for part in (stem, target, own if extension is None else extension) if part)
