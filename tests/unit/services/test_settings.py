"""Settings: what wins, what is refused and how it is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from langsupport.checks import Level
from langsupport.errors import ConfigurationError
from langsupport.services.settings import load_settings, shipped


def write(folder: Path, text: str) -> Path:
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(tmp_path: Path) -> None:
    path = write(tmp_path, "port = 9000\nhost = '10.0.0.1'\n[inference]\nthreads = 3\n")
    settings = load_settings(path, {"LANGSUPPORT_PORT": "9001", "LANGSUPPORT_INFERENCE_DEVICE": "cpu"})
    assert (settings.port, settings.host, settings.inference.threads) == (9001, "10.0.0.1", 3)
    assert settings.inference.device == "cpu"
    assert settings.retention_days == 0


def test_folders_and_config_come_from_their_short_names(tmp_path: Path) -> None:
    path = write(tmp_path, "port = 9000")
    environ = {
        "LANGSUPPORT_DATA": str(tmp_path / "d"),
        "LANGSUPPORT_MODELS": str(tmp_path / "m"),
        "LANGSUPPORT_CONFIG": str(path),
        "LANGSUPPORT_TEST_DATA": "is no setting",
        "LANGSUPPORT_HOST": "",
    }
    settings = load_settings(None, environ)
    assert (settings.data_dir, settings.models_dir, settings.port) == (tmp_path / "d", tmp_path / "m", 9000)
    assert settings.host == "127.0.0.1"
    assert settings.database == f"sqlite:///{tmp_path / 'd' / 'langsupport.sqlite'}"


def test_lists_come_from_the_environment_separated_by_commas() -> None:
    settings = load_settings(None, {"LANGSUPPORT_ALLOWED_HOSTS": "a.example, b.example"})
    assert settings.allowed_hosts == ("a.example", "b.example")


@pytest.mark.parametrize("name", [path.stem for path in shipped("configs").glob("*.toml")])
def test_shipped_configurations_load_by_name(name: str) -> None:
    assert load_settings(name, {}).port == 8000


def test_default_toml_states_the_built_in_values(tmp_path: Path) -> None:
    assert load_settings("default", {}) == load_settings(write(tmp_path, ""), {})


BAD = [
    ("prot = 1", "prot", "did you mean port?"),
    ("port = 'x'", "port", "integer"),
    ("port = 70000", "port", "65535"),
    ("[inference]\ndevice = 'gpu'", "inference.device", "auto, cpu, cuda"),
    ("[inference]\ndevic = 'cpu'", "inference.devic", "did you mean device?"),
    ("role = 'boss'", "role", "'all', 'web' or 'worker'"),
    ("[inference.preferences]\nen-xx = ['a']", "inference.preferences", "en-xx"),
    ("[inference.queue_limits]\nlive = 0", "inference.queue_limits", "at least 1"),
    ("database_url = 'mysql://x'", "database_url", "postgresql://"),
    ("port = = 1", "the file", "not valid TOML"),
    ("[live]\nsources = ['ftp']", "live.sources", "'file' or 'device'"),
    ("[live]\ncadence_ms = 10", "live.cadence_ms", "greater than or equal to 300"),
    ("[live]\nmax_chanels = 1", "live.max_chanels", "did you mean max_channels?"),
    ("[jobs]\nreading_workers = 0", "jobs.reading_workers", "greater than or equal to 1"),
    ("[checks]\nnumbes = 'off'", "checks", "“numbes” is no check; did you mean numbers?"),
    (
        "[checks]\nnumbers = 'loud'",
        "checks.numbers",
        "“loud” is not allowed; allowed are 'off', 'info', 'warning' or 'error'",
    ),
    ("[checks]\ncodes = 'warning'", "checks", "“codes” can only be error"),
    ("[checks]\nreference = 'off'", "checks", "“reference” can only be error"),
]


@pytest.mark.parametrize(("text", "key", "said"), BAD)
def test_a_bad_file_is_refused_with_file_key_and_what_is_allowed(
    text: str, key: str, said: str, tmp_path: Path
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(path, {})
    assert caught.value.fields["source"] == str(path)
    assert caught.value.fields["key"].startswith(key)
    assert said in str(caught.value)


def test_an_unknown_variable_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="did you mean LANGSUPPORT_PORT"):
        load_settings(None, {"LANGSUPPORT_PROT": "1"})


def test_a_bad_variable_is_named() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(None, {"LANGSUPPORT_PORT": "many"})
    assert caught.value.fields["source"] == "LANGSUPPORT_PORT"


def test_a_missing_file_is_named_with_the_shipped_ones() -> None:
    with pytest.raises(ConfigurationError, match="cluster, default, gpu"):
        load_settings("nowhere", {})


def test_secrets_are_not_shown_and_settings_are_frozen() -> None:
    settings = load_settings(
        None,
        {
            "LANGSUPPORT_ACCOUNTS_OIDC_CLIENT_SECRET": "correct-horse",
            "LANGSUPPORT_DATABASE": "postgresql://me:hidden@db/x",
        },
    )
    assert settings.accounts.oidc.client_secret == "correct-horse"
    assert "correct-horse" not in repr(settings)
    assert "hidden" not in repr(settings)
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]


def test_the_access_key_says_what_took_its_place(tmp_path: Path) -> None:
    config = tmp_path / "old.toml"
    config.write_text('access_key = "a key of old"\n')
    for given in ((None, {"LANGSUPPORT_ACCESS_KEY": "a key of old"}), (config, {})):
        with pytest.raises(ConfigurationError, match="accounts took its place") as caught:
            load_settings(*given)
        assert "a key of old" not in str(caught.value)


def test_accounts() -> None:
    assert not load_settings(None, {}).accounts.on
    given = {"LANGSUPPORT_ACCOUNTS_MODE": "on", "LANGSUPPORT_ACCOUNTS_PUBLIC_URL": "https://languages.example.org"}
    assert load_settings(None, given).accounts.on
    for name, value in (("MODE", "maybe"), ("PUBLIC_URL", "languages.example.org"), ("IDLE_MINUTES", "0")):
        with pytest.raises(ConfigurationError):
            load_settings(None, {f"LANGSUPPORT_ACCOUNTS_{name}": value})


def test_levels_of_checks_are_read_and_frozen(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, "[checks]\nspacing = 'off'\nlength = 'error'\ncodes = 'error'\n"), {})
    assert dict(settings.levels) == {"spacing": "off", "length": "error", "codes": "error"}
    with pytest.raises(TypeError):
        settings.levels["spacing"] = Level.ERROR  # type: ignore[index]
