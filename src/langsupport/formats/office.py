"""Documents as PDF and as pictures of their pages, by LibreOffice where it is installed.

LibreOffice gets a profile of its own that is thrown away, in which no macro runs and nothing is fetched that a document
links to. It is killed when it takes too long.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

import pypdfium2

from langsupport.errors import DamagedFile, ProgramMissing, UnsupportedFormat

PROGRAM = "LibreOffice"
SUFFIXES = frozenset({".docx", ".html", ".htm", ".txt"})
"""What LibreOffice shows as it was meant. The others are read by its text filter, which shows their markup."""
_ADVICE = "On Debian or Ubuntu: apt-get install libreoffice-writer-nogui"
_SECONDS = 120
_AT_ONCE = threading.Semaphore(2)
_SCALE = 1.5
"""Of 72 dots an inch."""

_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop>
</item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update">
<prop oor:name="Link" oor:op="fuse"><value>2</value></prop>
</item>
</oor:items>
"""
_NOWHERE = "http://127.0.0.1:9"
"""A proxy that nothing answers at."""


def find_office() -> str | None:
    """The program, where it is installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def to_pdf(data: bytes, name: str) -> bytes:
    """A document as PDF. `name` says by its ending what it is.

    Raises: ProgramMissing; UnsupportedFormat: no document with pages; DamagedFile: LibreOffice makes nothing of it.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise UnsupportedFormat(name=name, supported=", ".join(sorted(SUFFIXES)))
    program = find_office()
    if program is None:
        raise ProgramMissing(program=PROGRAM, advice=_ADVICE)
    with _AT_ONCE, tempfile.TemporaryDirectory(prefix="langsupport-office-") as folder:
        root = Path(folder)
        given = root / f"document{suffix}"
        given.write_bytes(data)
        _run(program, root, given, name)
        made = given.with_suffix(".pdf")
        if not made.is_file():
            raise DamagedFile(name=name, detail="LibreOffice makes no PDF of it")
        return made.read_bytes()


def _run(program: str, root: Path, given: Path, name: str) -> None:
    profile = root / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE, "utf-8")
    command = [
        *(program, "--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo"),
        *(f"-env:UserInstallation={profile.as_uri()}", "--convert-to", "pdf", "--outdir", str(root), str(given)),
    ]
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(root), "LANG": "C.UTF-8", "TMPDIR": str(root)}
    environment |= {"http_proxy": _NOWHERE, "https_proxy": _NOWHERE, "ftp_proxy": _NOWHERE}
    try:
        # the command is ours; what comes from people is the file's content
        subprocess.run(  # noqa: S603
            command, env=environment, cwd=root, capture_output=True, timeout=_SECONDS, start_new_session=True
        )
    except subprocess.TimeoutExpired as error:
        raise DamagedFile(name=name, detail=f"LibreOffice did not finish within {_SECONDS} seconds") from error


class Pages:
    """A PDF's pages. May be used from any thread: PDFium itself is used by one at a time."""

    _lock = threading.Lock()

    def __init__(self, pdf: bytes) -> None:
        self._pdf = pdf
        with self._lock:
            document = _opened(pdf)
            self.texts: tuple[str, ...] = tuple(page.get_textpage().get_text_range() for page in document)
            document.close()

    def __len__(self) -> int:
        return len(self.texts)

    def picture(self, number: int) -> bytes:
        """A page as PNG, counted from 1."""
        with self._lock:
            document = _opened(self._pdf)
            image = document[number - 1].render(scale=_SCALE).to_pil()
            document.close()
        data = io.BytesIO()
        image.save(data, "PNG", optimize=False)
        return data.getvalue()


def _opened(pdf: bytes) -> Any:
    return pypdfium2.PdfDocument(pdf)  # type: ignore[no-untyped-call]


__all__ = ["PROGRAM", "SUFFIXES", "Pages", "find_office", "to_pdf"]
