"""Models from the hub: resumed, pinned to one commit, verified against what the hub itself publishes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from langsupport.engines.manifest import HubSource
from langsupport.engines.sources import (
    WITHOUT_NETWORK,
    Errand,
    Fetched,
    read_chunks,
    refuse_unless,
    sha256_of,
)
from langsupport.errors import LangsupportError, ModelDamaged, SourceUnavailable

ANSWER_TIMEOUT_S = 15


def fetch_hub(source: HubSource, errand: Errand) -> Fetched:
    """Downloads the source's files into the errand's cache, from where a broken download goes on.

    All files come from the one commit that `revision` names at the start. Each is checked against the
    size and hash that the hub publishes, then against the known SHA-256. Raises SourceUnavailable if
    the hub does not answer or lacks a file, ModelDamaged if a file is not what it should be.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    try:
        info = HfApi(endpoint=source.endpoint).model_info(
            source.repository, revision=source.revision, files_metadata=True, timeout=ANSWER_TIMEOUT_S
        )
        published = {sibling.rfilename: sibling for sibling in info.siblings or ()}
        names = _choose(source, published, errand.model)
        _download(source, str(info.sha), names, published, errand)
    except LangsupportError:
        raise
    # Whatever the hub's client raises (its own errors, those of its HTTP library, of the socket) means the same here.
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        said = f"the hub did not answer for {source.repository} ({reason}). {WITHOUT_NETWORK}"
        raise SourceUnavailable(model=errand.model, detail=said) from error
    hashes = {}
    for name in names:
        hashes[name] = _verify(errand.cache / name, published[name], errand.model)
        refuse_unless(errand.model, name, hashes[name], errand.known_sha256.get(name), source.name)
    detail = {"kind": "hub", "repository": source.repository, "commit": info.sha}
    return Fetched(errand.cache, hashes, source.name, detail)


def _choose(source: HubSource, published: Mapping[str, Any], model: str) -> list[str]:
    names = []
    for wanted in source.files:
        found = next((name for name in wanted.split("|") if name in published), None)
        if found is None:
            detail = f"the hub's repository {source.repository} has no file {wanted.replace('|', ' or ')}."
            raise SourceUnavailable(model=model, detail=detail)
        names.append(found)
    return names + [name for name in source.optional if name in published]


def _download(source: HubSource, commit: str, names: list[str], published: Mapping[str, Any], errand: Errand) -> None:
    from huggingface_hub import hf_hub_download

    total = sum(published[name].size or 0 for name in names)
    done = 0
    for name in names:
        errand.report(done, total, "download")
        hf_hub_download(
            source.repository,
            name,
            revision=commit,
            local_dir=errand.cache,
            endpoint=source.endpoint,
            etag_timeout=ANSWER_TIMEOUT_S,
            tqdm_class=_meter(errand, done, total),
        )
        done += published[name].size or 0
    errand.report(total, total, "download")


def _meter(errand: Errand, before: int, total: int) -> type[Any]:
    """A tqdm that draws nothing and reports the bytes of one file on top of those before it."""
    from tqdm.auto import tqdm  # type: ignore[import-untyped]

    class Meter(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs["disable"] = True
            super().__init__(*args, **kwargs)
            self._seen = int(kwargs.get("initial") or 0)

        def update(self, n: float | None = 1) -> bool | None:
            self._seen += int(n or 0)
            errand.report(min(before + self._seen, total), total, "download")
            return None

    return Meter


def _verify(path: Path, sibling: Any, model: str) -> str:
    """The file's SHA-256, once it agrees with what the hub publishes: a SHA-256 for large files, else git's blob id."""
    found = sha256_of(path)
    if sibling.lfs is not None:
        if sibling.lfs.sha256 != found:
            path.unlink()
            raise ModelDamaged(model=model, detail=_differs(path.name, found, sibling.lfs.sha256))
    elif sibling.blob_id:
        blob = _git_blob_id(path)
        if blob != sibling.blob_id:
            path.unlink()
            raise ModelDamaged(model=model, detail=_differs(path.name, blob, sibling.blob_id))
    return found


def _differs(name: str, found: str, published: str) -> str:
    return f"{name} arrived damaged: its hash is {found} and the hub publishes {published}. Try again."


def _git_blob_id(path: Path) -> str:
    """Git's name of a file: SHA-1 over a header with the size, and the content."""
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as stream:
        for chunk in read_chunks(stream):
            digest.update(chunk)
    return digest.hexdigest()
