"""ZD704 unknown-option."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.accounts import as_read, custom_fields
from zdpipe.lint.lineage import origins
from zdpipe.lint.literals import literal_values
from zdpipe.lint.nearest import did_you_mean
from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.finding import Severity
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

    from zdpipe.lint.outputs import Output
    from zdpipe.lint.subject import Subject
    from zdpipe.model.schema import UserField


_CHOICES = frozenset({"dropdown", "multiselect"})
_SHOWN = 8


class UnknownOption(Rule):
    """A literal is no option of the dropdown it is sent to.

    ## Why it matters
    A dropdown takes the values of its options (in Zendesk's pages their "tag"), not the labels that people
    see, and an unknown value fails the customer.

    ## Bad
    ```sql
    SELECT
      amperity_id AS external_id,
      full_name AS name,
      CASE WHEN lifetime_value > 1000 THEN 'Gold card' ELSE 'none' END AS "user_fields.card"
    FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT
      amperity_id AS external_id,
      full_name AS name,
      CASE WHEN lifetime_value > 1000 THEN 'gold' ELSE 'none' END AS "user_fields.card"
    FROM Customer_360
    ```
    """

    code = "ZD704"
    name = "unknown-option"
    severity = Severity.WARNING
    roles = frozenset({Role.QUERY})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look for literals that can become the value of a field with options."""
        for account in subject.context.accounts.values():
            for key, output in custom_fields(subject):
                field = account.fields.get(key)
                if field is not None and field.type in _CHOICES and field.options:
                    for literal in _literals(output, subject):
                        # A blank text is sent as null.
                        if literal.this.strip() and literal.this not in field.options:
                            yield Remark(
                                subject.positions.of(literal),
                                f"`{literal.this}` is no option of `{key}` in {as_read(account)}."
                                f"{_meant(literal.this, field)}",
                            )


def _literals(output: Output, subject: Subject) -> Iterator[exp.Literal]:
    scope = subject.scopes.by_expression.get(id(output.item.parent_select))
    if scope is not None:
        for origin in origins(output.item, scope, subject.scopes):
            yield from literal_values(origin.expression)


def _meant(text: str, field: UserField) -> str:
    by_label = {label.casefold(): value for value, label in field.options.items()}
    meant = by_label.get(text.casefold())
    question = f" Did you mean `{meant}`?" if meant else did_you_mean(text, field.options)
    shown = ", ".join(list(field.options)[:_SHOWN])
    return question or f" Its options are {shown}{', …' if len(field.options) > _SHOWN else ''}."
