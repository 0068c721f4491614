"""Secrets by reference: where they lie is in zdpipe.toml, what they are never is."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NoReturn

from pydantic import AfterValidator

from zdpipe.errors import CredentialError

REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+|keyring:[^/]+/.+")


def _check_reference(value: str) -> str:
    if not REFERENCE.fullmatch(value):
        # The value itself may be the secret, so it is not repeated.
        raise ValueError(
            "a reference is needed: env:NAME, file:PATH or keyring:SERVICE/NAME, never the value"
        )
    return value


SecretReference = Annotated[str, AfterValidator(_check_reference)]


class Secret:
    """A value that never shows itself: not when printed, formatted, compared or pickled."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value, to be put into a request and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


def read_secrets(references: Mapping[str, str], environment: Mapping[str, str], root: Path) -> list[Secret]:
    """Look several secrets up, by the keys that name them; raises one CredentialError for all that miss."""
    found, missing = [], {}
    for key, reference in references.items():
        try:
            found.append(read_secret(reference, environment, root))
        except CredentialError as error:
            missing[key] = error
    if missing:
        raise _all_missing(missing)
    return found


def _all_missing(missing: Mapping[str, CredentialError]) -> CredentialError:
    words = [f"{key}: {error.message}" for key, error in missing.items()]
    hints = dict.fromkeys(error.hint for error in missing.values())
    return CredentialError(
        " ".join(words), " ".join(hint if hint.endswith(".") else f"{hint}." for hint in hints)
    )


def read_secret(reference: str, environment: Mapping[str, str], root: Path) -> Secret:
    """Look a secret up; relative files are found from the project's folder.

    Raises CredentialError that names the place looked at, never what was found there.
    """
    if not REFERENCE.fullmatch(reference):
        raise CredentialError(
            "A secret is given as a value, not as a reference.",
            "Write env:NAME, file:PATH or keyring:SERVICE/NAME.",
        )
    scheme, _, place = reference.partition(":")
    if scheme == "env":
        return _from_environment(place, environment)
    if scheme == "file":
        return _from_file(file_path(place, environment, root))
    return _from_keyring(place)


def _from_environment(name: str, environment: Mapping[str, str]) -> Secret:
    value = environment.get(name)
    if not value:
        state = "is empty" if name in environment else "is not set"
        raise CredentialError(
            f"A secret is missing; looked in: the environment variable {name}, which {state}.",
            f"Set it: export {name}=…",
        )
    return Secret(value)


def file_path(place: str, environment: Mapping[str, str], root: Path) -> Path:
    """Return a file by its path: from the home directory, the project's folder, or anywhere."""
    home = environment.get("HOME")
    if home and place.startswith("~/"):
        return Path(home) / place.removeprefix("~/")
    return (root / place).resolve()


def _from_file(path: Path) -> Secret:
    try:
        value = path.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        words = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise CredentialError(
            f"A secret is missing; looked in: the file {path}, which cannot be read ({words}).",
            "Write the secret into that file, readable for you alone (chmod 600).",
        ) from error
    if not value:
        raise CredentialError(
            f"A secret is missing; looked in: the file {path}, which is empty.",
            "Write the secret into it, and nothing else.",
        )
    return Secret(value)


def _from_keyring(place: str) -> Secret:
    service, _, name = place.partition("/")
    looked = f"the keyring, service {service!r}, name {name!r}"
    try:
        keyring = importlib.import_module("keyring")
    except ImportError as error:
        raise CredentialError(
            f"A secret is missing; looked in: {looked}, but keyring is not installed.",
            "Install it with: pip install 'zdpipe[keyring]'",
        ) from error
    try:
        value = keyring.get_password(service, name)
    except keyring.errors.KeyringError as error:
        raise CredentialError(
            f"A secret is missing; looked in: {looked}, which refuses ({type(error).__name__}).",
            "Unlock the keyring, or use an env: or file: reference.",
        ) from None
    if not value:
        raise CredentialError(
            f"A secret is missing; looked in: {looked}, which has nothing there.",
            f"Store it with: keyring set {service} {name}",
        )
    return Secret(value)
