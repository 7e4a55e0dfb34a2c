"""Sizes as people read them."""

from __future__ import annotations


def readable(size: int) -> str:
    """Bytes for people: 512 B, 3.4 MB (powers of 1024, as file managers count)."""
    amount = float(size)
    for unit in ("B", "KB", "MB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GB"
