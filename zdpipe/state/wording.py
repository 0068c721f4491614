"""Words about a person inside the words of others: Zendesk's, a query's, a log's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from zdpipe.durable import written_whole
from zdpipe.model.forgotten import Person

FORGOTTEN = "(forgotten)"
# A shorter id or name is more often a part of something else: a number, a word.
SHORTEST = 4


class Wording:
    """Takes a person's ids, addresses, phones and names out of texts; `names` False leaves names in."""

    def __init__(self, person: Person, *, names: bool = True) -> None:
        chosen = set(_spelled(person, names=names))
        pattern = "|".join(_loosely(text) for text in sorted(chosen, key=len, reverse=True))
        self._pattern = re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE) if chosen else None

    def without(self, text: str | None) -> str | None:
        """Return the text with a placeholder for each of the person's values."""
        return self._pattern.sub(FORGOTTEN, text) if self._pattern and text is not None else text

    def without_in_json(self, text: str | None) -> str | None:
        """Return a JSON text with the same done to its texts, however it writes them."""
        if text is None:
            return None
        document = json.loads(text)
        changed = self._everywhere(document)
        return text if changed == document else json.dumps(changed)

    def rewrite(self, path: Path) -> bool:
        """Take the person out of a text file; tell whether there was anything."""
        before = path.read_text(encoding="utf-8", errors="backslashreplace")
        after = self.without(before)
        if after is None or after == before:
            return False
        with written_whole(path) as file:
            file.write(after.encode("utf-8", errors="backslashreplace"))
        return True

    def _everywhere(self, value: object) -> object:
        if isinstance(value, str):
            return self.without(value)
        if isinstance(value, dict):
            return {name: self._everywhere(inner) for name, inner in value.items()}
        return [self._everywhere(inner) for inner in value] if isinstance(value, list) else value


def _spelled(person: Person, *, names: bool) -> Iterator[str]:
    numbers = {str(number) for _, number in person.zendesk}
    for text in (
        person.texts | person.phones | person.numbers | numbers | (person.names if names else frozenset())
    ):
        if len(text) >= SHORTEST:
            yield text
            yield json.dumps(text)[1:-1]  # as JSON writes what is not ASCII
            yield quote(text, safe="")  # as addresses of requests do


def _loosely(text: str) -> str:
    return r"\s+".join(re.escape(word) for word in text.split())
