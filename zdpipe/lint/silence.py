"""What the `-- noqa` of one file keep quiet, and which of them keep nothing quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.position import Positions
from zdpipe.lint.suppress import noqas

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zdpipe.lint.suppress import Noqa, Suppressed, Word
    from zdpipe.model.query import Query


class Silence:
    """The suppressions of a file; it notes which of them were of use, and which rules could speak."""

    def __init__(self, query: Query, rules: Iterable[Suppressed], has_schema: bool) -> None:
        self.noqas = noqas(Positions(query.text), query.dialect) if query.problem is None else ()
        self.rules_by_word = {word: rule for rule in rules for word in (rule.code.lower(), rule.name)}
        self._has_schema = has_schema
        self._used: set[tuple[Noqa, str]] = set()
        self._judged: set[str] = set()

    def covers(self, rule: Suppressed, line: int) -> bool:
        """Tell whether a line does not want to hear of a rule, and note that it was of use."""
        covering = [noqa for noqa in self.noqas if noqa.line == line and noqa.covers(rule)]
        self._used.update((noqa, rule.code) for noqa in covering)
        return bool(covering)

    def judge(self, rule: Suppressed) -> None:
        """Note that a rule saw all it needs, so that a comment it did not need is of no use."""
        if rule.textual or self._has_schema:
            self._judged.add(rule.code)

    def is_idle(self, noqa: Noqa) -> bool:
        """Tell whether a noqa without codes keeps nothing quiet."""
        if noqa.words is not None:
            return not noqa.words
        return self._has_schema and not any(used == noqa for used, _ in self._used)

    def is_idle_word(self, noqa: Noqa, word: Word) -> bool:
        """Tell whether a code or name, if it is one, keeps nothing quiet."""
        rule = self.rules_by_word.get(word.text.lower())
        if rule is None or rule.judges_noqa or (noqa, rule.code) in self._used:
            return False
        return not rule.suppressible or rule.code in self._judged
