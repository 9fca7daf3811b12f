"""The TOML file that starts accounts off with their settings (contract §3)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from config.errors import UserError
from state.settings import DEFAULT, Settings, WrongSetting, parse_settings

ID_CHARACTERS_MAX: Final = 256
"""The longest id of an account (contract §1)."""


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """The settings that accounts begin with."""

    default: Settings = DEFAULT
    """Of accounts without a table of their own."""
    accounts: Mapping[str, Settings] = field(default_factory=dict)
    """Of accounts with one; they inherit nothing from `default` (contract §8)."""

    def of(self, account: str) -> Settings:
        """The settings an account begins with."""
        return self.accounts.get(account, self.default)


NO_FILE: Final = SettingsFile()
"""What holds where no file is given: the contract's defaults for everybody."""


def load_settings_file(path: Path | None) -> SettingsFile:
    """The settings of a TOML file; `NO_FILE` for None.

    Raises `UserError` for a file that cannot be read, that is no TOML, or in which anything is wrong: one
    line that names the file and the field with its path, such as `accounts.acme.channels.email.window`.
    """
    if path is None:
        return NO_FILE
    try:
        return parse_settings_file(_tables(path))
    except WrongSetting as wrong:
        raise UserError(f"{path}: {wrong}") from wrong


def parse_settings_file(tables: Mapping[str, object]) -> SettingsFile:
    """The settings of a file's tables as TOML gives them. Raises `WrongSetting` with the whole path."""
    for name in tables:
        if name not in ("default", "accounts"):
            raise WrongSetting(name, "is no table of a settings file; there are [default] and [accounts.<account>]")
    accounts = _table(tables.get("accounts", {}), "accounts")
    return SettingsFile(
        default=parse_settings(_table(tables.get("default", {}), "default"), "default"),
        accounts={account: _account(account, settings) for account, settings in accounts.items()},
    )


def _account(account: str, settings: object) -> Settings:
    path = f"accounts.{account}"
    if not 1 <= len(account) <= ID_CHARACTERS_MAX:
        raise WrongSetting(path[:60], f"an account's id has 1–{ID_CHARACTERS_MAX} characters, not {len(account)}")
    return parse_settings(_table(settings, path), path)


def _table(value: object, path: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise WrongSetting(path, f"{str(value)[:60]!r} is not a table; write [{path}] and its settings below it")
    return value


def _tables(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise UserError(f"{path}: the settings file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: the settings file is not UTF-8 (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path}: the settings file is not TOML: {error}") from error
    except RecursionError as error:
        raise UserError(f"{path}: the settings file nests too deeply") from error
