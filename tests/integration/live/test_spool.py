"""The spool: what was acknowledged is there after a crash, what is erased is gone, a full disk is said."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from langsupport.captioning.frames import EpochPlace
from langsupport.errors import DiskFull, NotFound
from langsupport.services.spool import Epoch, Spool
from langsupport.services.spool_files import from_s16, to_s16

RATE = 16_000


def noise(count: int, seed: int = 1) -> np.ndarray:
    return from_s16(to_s16(np.random.default_rng(seed).uniform(-1, 1, count).astype(np.float32)).tobytes())


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "live")


def test_samples_stand_at_their_place_and_silence_elsewhere(spool: Spool, tmp_path: Path) -> None:
    file = spool.file("s1", "floor")
    file.append(0, noise(1000))
    file.append(3 * 3600 * RATE, noise(500, 2))
    assert file.length == 3 * 3600 * RATE + 500
    np.testing.assert_array_equal(spool.read("s1", "floor", 0, 1000), noise(1000))
    assert not spool.read("s1", "floor", 1000, 100_000).any()
    np.testing.assert_array_equal(file.read(3 * 3600 * RATE, 10_000), noise(500, 2))
    stat = (tmp_path / "live" / "s1" / "floor.s16le").stat()
    assert stat.st_size == file.length * 2
    assert stat.st_blocks * 512 < 1_000_000  # silence takes no room
    assert spool.channels("s1") == ["floor"]
    with pytest.raises(ValueError, match="written already"):
        file.append(5, noise(1))
    spool.close()


def test_every_16_bit_value_comes_back() -> None:
    values = np.arange(-32768, 32768, dtype="<i2")
    np.testing.assert_array_equal(to_s16(from_s16(values.tobytes())), values)


def test_what_goes_off_the_record_is_gone_from_the_disk(spool: Spool, tmp_path: Path) -> None:
    for channel in ("floor", "fr"):
        spool.file("s1", channel).append(0, noise(3 * RATE))
    journal = spool.journal("s1", "floor", fresh=True)
    journal.append(b"secret")
    journal.close()
    spool.erase("s1", 1_000, 2_000)
    for channel in ("floor", "fr"):
        kept = spool.read("s1", channel, 0, 3 * RATE)
        np.testing.assert_array_equal(kept[:RATE], noise(3 * RATE)[:RATE])
        assert not kept[RATE : 2 * RATE].any()
        np.testing.assert_array_equal(kept[2 * RATE :], noise(3 * RATE)[2 * RATE :])
    assert not spool.has_journal("s1", "floor")
    spool.erase("s1", 2_500, None)
    assert not spool.read("s1", "fr", 40_000, 8_000).any()
    assert spool.length("s1", "fr") == 3 * RATE
    spool.remove("s1")
    assert not (tmp_path / "live" / "s1").exists()


def test_a_process_that_is_killed_loses_nothing_it_had_appended(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys, numpy as np
        from pathlib import Path
        from langsupport.captioning.frames import EpochPlace
        from langsupport.services.spool import Epoch, Spool
        spool = Spool(Path(sys.argv[1]))
        file = spool.file("s1", "floor")
        spool.save_epoch("s1", "floor", Epoch(EpochPlace(7, 48000, 0, 0), "pcm_s16le"))
        while True:
            file.append(file.length, np.full(160, 0.5, dtype=np.float32))
            print(file.length, flush=True)
        """
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    told = [int(process.stdout.readline()) for _ in range(50)][-1]
    process.send_signal(signal.SIGKILL)
    told = max([told, *(int(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n"))])
    process.wait()
    process.stdout.close()
    with (tmp_path / "s1" / "floor.s16le").open("ab") as torn:
        torn.write(b"\x01")  # half a sample
    spool = Spool(tmp_path)
    file = spool.file("s1", "floor")
    assert file.length >= told
    assert (file.read(0, file.length) == 0.5).all()
    assert spool.epoch("s1", "floor") == Epoch(EpochPlace(7, 48000, 0, 0), "pcm_s16le")
    file.append(file.length, noise(10))
    spool.close()


def test_a_torn_or_missing_epoch_is_none(spool: Spool, tmp_path: Path) -> None:
    assert spool.epoch("s1", "floor") is None
    spool.file("s1", "floor")
    (tmp_path / "live" / "s1" / "floor.epoch").write_text('{"epoch": 1, "ra')
    assert spool.epoch("s1", "floor") is None
    spool.close()


def test_a_full_disk_is_said_and_leaves_what_was_there(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    spool = Spool(tmp_path)
    file = spool.file("s1", "floor")
    file.append(0, noise(4000))
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
        with pytest.raises(DiskFull):
            file.append(4000, noise(4000))
        assert file.length == 4000
        assert (tmp_path / "s1" / "floor.s16le").stat().st_size == 8000
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    file.append(4000, noise(4000, 2))
    np.testing.assert_array_equal(file.read(4000, 9000), noise(4000, 2))
    spool.close()


def test_room_is_kept_free_for_others(tmp_path: Path) -> None:
    spool = Spool(tmp_path, keep_free_bytes=2**60)
    with pytest.raises(DiskFull, match="is needed"):
        spool.file("s1", "floor").append(0, noise(10))
    spool.close()


@pytest.mark.parametrize(("session", "channel"), [("../x", "floor"), ("s1", "../floor"), ("", "floor"), ("s1", "de")])
def test_no_name_leads_out_of_the_folder(spool: Spool, session: str, channel: str) -> None:
    with pytest.raises(NotFound):
        spool.file(session, channel)


def test_files_are_for_the_service_alone(spool: Spool, tmp_path: Path) -> None:
    spool.file("s1", "floor").append(0, noise(10))
    assert (tmp_path / "live" / "s1" / "floor.s16le").stat().st_mode & 0o077 == 0
    assert (tmp_path / "live" / "s1").stat().st_mode & 0o077 == 0
    spool.close()
