"""ZD110 unused-noqa."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.edits import without_words
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject
    from zdpipe.lint.suppress import Noqa, Word


class UnusedNoqa(Rule):
    """A `-- noqa` suppresses nothing.

    ## Why it matters
    What a comment once kept quiet is gone, and the next mistake on that line would be kept quiet with it.
    Rules that the project ignores are not judged, and neither is anything while the schema is unknown: then
    most rules have nothing to go by. A few findings take no comment at all, and `zdpipe rules` says which.

    ## Bad
    ```sql
    SELECT
      amperity_id AS external_id,
      full_name AS name -- noqa: ZD303
    FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT
      amperity_id AS external_id,
      full_name AS name,
      nickname AS nickname -- noqa: ZD108, ZD303
    FROM Customer_360
    ```
    """

    code = "ZD110"
    name = "unused-noqa"
    severity = Severity.WARNING
    judges_noqa = True
    fixable = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Compare each comment with what the other rules found on its line."""
        for noqa in subject.silence.noqas:
            if noqa.words is None or not noqa.words:
                if subject.silence.is_idle(noqa):
                    yield self._whole(noqa, subject)
                continue
            unused = tuple(word for word in noqa.words if subject.silence.is_idle_word(noqa, word))
            if unused:
                yield self._words(noqa, unused, subject)

    def _whole(self, noqa: Noqa, subject: Subject) -> Remark:
        what = "names no rule" if noqa.words is not None else "suppresses nothing"
        return Remark(
            subject.positions.span(noqa.start, noqa.end),
            f"This `-- noqa` {what}. Remove it.",
            without_words(noqa, (), subject.positions.text),
        )

    def _words(self, noqa: Noqa, unused: tuple[Word, ...], subject: Subject) -> Remark:
        shown = ", ".join(f"`{word.text}`" for word in unused)
        number = "suppress" if len(unused) > 1 else "suppresses"
        return Remark(
            subject.positions.span(unused[0].start, unused[-1].end),
            f"{shown} {number} nothing on this line. Remove it.",
            without_words(noqa, unused, subject.positions.text),
        )
