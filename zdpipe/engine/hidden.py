"""Secrets of a session, taken out of everything that DuckDB says."""

from __future__ import annotations

from collections.abc import Iterable

from zdpipe.project.secret import Secret


class Hidden:
    """The secrets that statements of the project were given; `hide` knows all that were added before."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def add(self, secrets: Iterable[Secret]) -> None:
        """Hide these too, plain and as SQL writes them."""
        for secret in secrets:
            value = secret.reveal()
            self._texts += [value, value.replace("'", "''")]
        self._texts.sort(key=len, reverse=True)

    def hide(self, said: str) -> str:
        """Return a text without the secrets."""
        for text in self._texts:
            said = said.replace(text, "***")
        return said
