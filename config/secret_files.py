"""Secrets from files: where `LASTTOUCH_X_FILE` names a file, what is in it stands for the variable `LASTTOUCH_X`.

So a password need not stand in the environment that starts a process, where service managers and `docker inspect` show
it. Kubernetes and Compose mount their secrets as such files.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Final

from config.errors import UserError

PREFIX: Final = "LASTTOUCH_"
SUFFIX: Final = "_FILE"
SECRET_BYTES_MAX: Final = 65_536


def take_secrets_from_files(environment: MutableMapping[str, str]) -> None:
    """Set in `environment` what its `LASTTOUCH_…_FILE` name, instead of those; a line's end at the end of a file is no
    part of it.

    Raises `UserError`, which names the variable, where a file cannot be read or is empty, or the variable is set too.
    """
    for name in sorted(environment):
        if not (name.startswith(PREFIX) and name.endswith(SUFFIX)) or not environment[name]:
            continue
        variable = name.removesuffix(SUFFIX)
        if environment.get(variable):
            raise UserError(f"{name}: {variable} is set too; give one of them")
        environment[variable] = _secret(name, Path(environment[name]))
        # Commands that this one starts have the secret already.
        del environment[name]


def _secret(name: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            secret = file.read(SECRET_BYTES_MAX + 1).decode().rstrip("\r\n")
    except OSError as error:
        raise UserError(f"{name}: {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{name}: {path} is not UTF-8 (byte {error.start})") from error
    if not secret or len(secret) > SECRET_BYTES_MAX or "\n" in secret or "\0" in secret:
        raise UserError(f"{name}: {path} does not hold one line; write the secret into it and nothing else")
    return secret
