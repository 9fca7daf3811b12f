"""The settings file: what it says holds, and what is wrong in it is named by its path."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import UserError
from config.settings_file import NO_FILE, load_settings_file
from state.settings import DEFAULT, ChannelRule, Settings

CONTRACT_EXAMPLE = """
[default]                         # accounts without a table of their own
currency = "EUR"

[accounts.acme]
time_zone = "Europe/Kyiv"
excluded_tags = ["service"]

[accounts.acme.channels]
email = { event = "clicked", window = "24h" }
sms = { event = "delivered", window = "2d" }
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_the_contracts_example_is_read(path: Path) -> None:
    path.write_text(CONTRACT_EXAMPLE)

    file = load_settings_file(path)

    assert file.of("somebody") == DEFAULT
    assert file.of("acme") == Settings(
        time_zone="Europe/Kyiv",
        excluded_tags=("service",),
        channels={"email": ChannelRule("clicked", "24h"), "sms": ChannelRule("delivered", "2d")},
    )


def test_an_account_with_a_table_inherits_nothing_from_default(path: Path) -> None:
    path.write_text('[default]\ncurrency = "JPY"\nshow_sales = false\n[accounts.acme]\ntime_zone = "Asia/Tokyo"\n')

    file = load_settings_file(path)

    assert (file.of("other").currency, file.of("other").show_sales) == ("JPY", False)
    assert (file.of("acme").currency, file.of("acme").show_sales) == ("EUR", True)


def test_without_a_file_the_defaults_hold_for_everybody() -> None:
    assert load_settings_file(None) is NO_FILE
    assert NO_FILE.of("anybody") == DEFAULT


@pytest.mark.parametrize("text", ["", "\n# nothing\n", "[default]\n", "[accounts]\n", "\ufeff[default]\n"])
def test_a_file_may_say_nothing(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")

    assert load_settings_file(path).of("acme") == DEFAULT


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[defaults]", "defaults:"),
        ("currency = 'EUR'", "currency:"),
        ("default = 1", "default:"),
        ("accounts = []", "accounts:"),
        ("[accounts]\nacme = 1", "accounts.acme:"),
        ("[[accounts.acme]]", "accounts.acme:"),
        ("[accounts.'']", "accounts.:"),
        (f"[accounts.{'a' * 257}]", "accounts.aaa"),
        ("[default]\ncurency = 'EUR'", "default.curency:"),
        ("[default]\ncurrency = 'EURO'", "default.currency:"),
        ("[default]\ncurrency = 978", "default.currency:"),
        ("[default]\ntime_zone = 'Europe/Kiev2'", "default.time_zone:"),
        ("[default]\ntime_zone = '../../etc/passwd'", "default.time_zone:"),
        ("[default]\nshow_sales = 1", "default.show_sales:"),
        ("[accounts.acme]\nignore_automated = 'on'", "accounts.acme.ignore_automated:"),
        (
            "[accounts.acme]\nassociate_with_last_message = 2026-01-01",
            "accounts.acme.associate_with_last_message:",
        ),
        ("[accounts.acme]\nexcluded_tags = 'service'", "accounts.acme.excluded_tags:"),
        ("[accounts.acme]\nexcluded_tags = [1]", "accounts.acme.excluded_tags:"),
        ("[accounts.acme]\nchannels = ['email']", "accounts.acme.channels:"),
        ("[accounts.acme.channels]\nEmail = {event='clicked', window='1h'}", "accounts.acme.channels.Email:"),
        ("[accounts.acme.channels]\nemail = 'clicked'", "accounts.acme.channels.email:"),
        (
            "[accounts.acme.channels.email]\nevent='clicked'\nwindow='24'",
            "accounts.acme.channels.email.window:",
        ),
        (
            "[accounts.acme.channels.email]\nevent='clicked'\nwindow='0h'",
            "accounts.acme.channels.email.window:",
        ),
        (
            "[accounts.acme.channels.email]\nevent='clicked'\nwindow='-1h'",
            "accounts.acme.channels.email.window:",
        ),
        (
            "[accounts.acme.channels.email]\nevent='clicked'\nwindow='91d'",
            "accounts.acme.channels.email.window:",
        ),
        (
            "[accounts.acme.channels.email]\nevent='clicked'\nwindow=24",
            "accounts.acme.channels.email.window:",
        ),
        ("[accounts.acme.channels.email]\nevent='read'\nwindow='1h'", "accounts.acme.channels.email.event:"),
        ("[accounts.acme.channels.email]\nevent='clicked'", "accounts.acme.channels.email.window:"),
        ("[accounts.acme.channels.email]\nwindow='1h'", "accounts.acme.channels.email.event:"),
        ("[accounts.acme.channels.email]\nevent='sent'\nwindow='1h'\nx=1", "accounts.acme.channels.email.x:"),
    ],
)
def test_what_is_wrong_is_named_by_its_path_and_nothing_is_taken(path: Path, text: str, field: str) -> None:
    path.write_text(f"[accounts.fine]\n{text}" if text.startswith("[accounts.acme") else text)

    with pytest.raises(UserError) as refused:
        load_settings_file(path)

    message = str(refused.value)
    assert message.startswith(f"{path}: {field}")
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"[default", "is not TOML"),
        (b"[default]\ncurrency = EUR", "is not TOML"),
        (b"[default]\ncurrency = 'EUR'\ncurrency = 'EUR'", "is not TOML"),
        (b"[default]\ncurrency = '\xff'", "is not UTF-8"),
        (b"x = " + b"[" * 100_000, "settings file"),
    ],
)
def test_what_is_no_toml_is_refused_in_one_line(path: Path, raw: bytes, why: str) -> None:
    path.write_bytes(raw)

    with pytest.raises(UserError) as refused:
        load_settings_file(path)

    assert str(path) in str(refused.value)
    assert why in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(UserError, match=r"settings\.toml: the settings file cannot be read: No such file"):
        load_settings_file(path)


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read: Is a directory"):
        load_settings_file(tmp_path)
