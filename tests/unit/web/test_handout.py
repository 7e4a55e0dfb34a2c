from __future__ import annotations

import pytest

from langsupport.errors import NotFound
from langsupport.web.compat import handout
from langsupport.web.compat.handout import Handout, TranslatedFile

FILE = TranslatedFile("a_fr.txt", "text/plain", b"Bonjour")


def test_a_file_is_there_for_a_while() -> None:
    now = [0.0]
    kept = Handout(clock=lambda: now[0])
    token = kept.put(FILE)
    found = kept.get(token)
    assert found.path.read_bytes() == b"Bonjour" and found.name == "a_fr.txt"
    now[0] = handout.KEPT_SECONDS + 1
    with pytest.raises(NotFound):
        kept.get(token)
    assert not found.path.exists()
    kept.close()


def test_only_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handout, "MAX_FILES", 2)
    kept = Handout()
    tokens = [kept.put(FILE) for _ in range(3)]
    assert len(set(tokens)) == 3 and all(len(token) > 40 for token in tokens)
    with pytest.raises(NotFound):
        kept.get(tokens[0])
    assert kept.get(tokens[1]) and kept.get(tokens[2])
    folder = kept.get(tokens[2]).path.parent
    kept.close()
    assert not folder.exists()
