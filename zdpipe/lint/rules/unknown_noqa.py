"""ZD111 unknown-noqa."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.nearest import did_you_mean
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class UnknownNoqa(Rule):
    """A `-- noqa` names a rule that does not exist.

    ## Why it matters
    The comment looks as if something was allowed, and nothing is. Codes of sqlfluff, which reads the same
    comments, are left alone.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name FROM Customer_360 -- noqa: select-starr
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name FROM Customer_360 -- noqa: LT05
    ```
    """

    code = "ZD111"
    name = "unknown-noqa"
    severity = Severity.WARNING
    judges_noqa = True

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look each word up among the codes and names."""
        for noqa in subject.silence.noqas:
            for word in noqa.words or ():
                known = subject.silence.rules_by_word
                if word.is_foreign or word.text.lower() in known:
                    continue
                guess = did_you_mean(word.text, known)
                yield Remark(
                    subject.positions.span(word.start, word.end),
                    f"There is no rule `{word.text}`.{guess} `zdpipe rules` lists them all.",
                )
