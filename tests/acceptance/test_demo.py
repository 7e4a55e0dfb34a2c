"""What `make demo` runs, with the embedded models: every file is there, opens, and says something."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from langsupport.domain.languages import LANGUAGES, script_counts
from langsupport.formats import for_name
from langsupport.services.inference import build_store
from langsupport.services.settings import load_settings

pytestmark = pytest.mark.acceptance

ROOT = Path(__file__).parents[2]
MODELS = {"qwen2.5-coder-1.5b-translator", "whisper-base"}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not set(build_store(load_settings()).installed()) >= MODELS:
        pytest.skip("the embedded models are not installed")
    folder = tmp_path_factory.mktemp("demo")
    subprocess.run([sys.executable, str(ROOT / "examples" / "demo.py")], cwd=folder, check=True)
    return folder / "out"


@pytest.mark.parametrize("target", ["ar", "zh", "en", "ru", "es"])
def test_each_rendition_is_written_in_its_language(out: Path, target: str) -> None:
    name = f"openchain-spec-1.1.{target}.docx"
    data = (out / name).read_bytes()
    text = " ".join(unit.source.text for unit in for_name(name, data).read(data, name).units)
    letters = script_counts(text)
    assert letters[LANGUAGES[target].script] == max(letters.values())
    assert "https://creativecommons.org/licenses/by/4.0/" in text


@pytest.mark.office
@pytest.mark.parametrize("target", ["ar", "zh", "en", "ru", "es"])
def test_each_rendition_opens_in_libreoffice(out: Path, target: str, tmp_path: Path) -> None:
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice is not installed")
    source = out / f"openchain-spec-1.1.{target}.docx"
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    assert (tmp_path / source.with_suffix(".pdf").name).stat().st_size > 20_000


@pytest.mark.parametrize("target", sorted(LANGUAGES))
def test_captions_are_there_in_every_language(out: Path, target: str) -> None:
    text = (out / f"bush-columbia.{target}.vtt").read_text(encoding="utf-8")
    assert text.startswith("WEBVTT")
    assert text.count("-->") > 5


def test_a_speech_was_captioned_while_it_was_spoken(out: Path) -> None:
    assert "country" in (out / "kennedy-inaugural.en.live.floor.vtt").read_text(encoding="utf-8")
    assert "pays" in (out / "kennedy-inaugural.en.live.fr.vtt").read_text(encoding="utf-8")
