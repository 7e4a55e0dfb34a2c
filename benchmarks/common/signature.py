"""What makes a score reproducible: versions, model hash, compute type, device, corpus."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import subprocess
from pathlib import Path

SAMPLES, SAMPLE_BYTES = 16, 1024 * 1024
"""Enough to tell two models apart, quick on a big one."""


def signature(**facts: object) -> str:
    """`key:value` pairs joined by `|`, as sacreBLEU writes them."""
    return "|".join(f"{key}:{value}" for key, value in facts.items())


def versions(*packages: str) -> dict[str, str]:
    """Installed versions of packages, and of langsupport by its commit."""
    found = {name: importlib.metadata.version(name) for name in packages}
    return {"langsupport": _commit(), **found}


def model_hash(path: Path) -> str:
    """First 12 hex digits of the SHA-256 of a CTranslate2 model's size and of SAMPLES pieces spread over its weights.

    Models that differ in some layers only, as by an adapter, begin alike.
    """
    weights = path / "model.bin"
    digest = hashlib.sha256(str(weights.stat().st_size).encode())
    with weights.open("rb") as file:
        for number in range(SAMPLES):
            file.seek(weights.stat().st_size * number // SAMPLES)
            digest.update(file.read(SAMPLE_BYTES))
    return digest.hexdigest()[:12]


def machine() -> str:
    """The processor's architecture, never the machine's name."""
    return platform.machine()


def _commit() -> str:
    here = Path(__file__).resolve().parent
    done = subprocess.run(["git", "rev-parse", "--short=10", "HEAD"], cwd=here, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"
