import pytest

from langsupport.pipelines.names import rendition_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("report.docx", "report.fr.docx"),
        ("report.en.docx", "report.fr.docx"),
        ("report.EN.docx", "report.fr.docx"),
        ("report.es.docx", "report.es.fr.docx"),
        ("report", "report.fr"),
        (".docx", ".docx.fr"),
        ("en.docx", "en.fr.docx"),
        (".en.docx", ".en.fr.docx"),
        ("ITU-T E.119.docx", "ITU-T E.119.fr.docx"),
        ("会议记录.docx", "会议记录.fr.docx"),
    ],
)
def test_the_name_of_an_english_file_in_french(name: str, expected: str) -> None:
    assert rendition_name(name, "en", "fr") == expected


def test_captions_have_another_extension() -> None:
    assert rendition_name("talk.mp4", "en", "en", "vtt") == "talk.en.vtt"
    assert rendition_name("stdin", "en", "fr", "srt") == "stdin.fr.srt"
