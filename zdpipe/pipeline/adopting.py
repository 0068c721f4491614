"""What an account holds, in our own JSON texts: equal where nothing would have to be sent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from zdpipe.delivery.evidence import is_equal
from zdpipe.model.fields import SKIP_VERIFY_EMAIL
from zdpipe.model.known import known_column, value_column
from zdpipe.model.policy import CLEARED
from zdpipe.records.column import ColumnRule
from zdpipe.records.encode import encode
from zdpipe.records.normalize import BARE
from zdpipe.records.rules import Rules

_NOTHING: tuple[object, ...] = (None, "", [])


class Adopting:
    """Turns matches into what is to be known of people.

    `differing` counts for each column of the query the people of whom the account holds something else.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.differing: Counter[str] = Counter()

    def adopted(self, matches: pl.DataFrame) -> pl.DataFrame:
        """Return key, external_id, zendesk_id, primary_email, emails, and `value:<field>` for each field.

        `matches` are people with their values, known ones, and users, as `Matching.matches` yields them. A
        value is null where what is known is right, or the account shows no such field.
        """
        shown = [json.loads(text) for text in matches["shown"]]
        fields = [rule for rule in self._rules.columns if rule.column not in BARE]
        values = {value_column(rule.column): self._values(matches, rule, shown) for rule in fields}
        self._count_addresses(matches)
        return matches.select(
            "key",
            pl.when(pl.col("external_key") == pl.col("key")).then("external_id").alias("external_id"),
            pl.col("user_id").alias("zendesk_id"),
            pl.col("user_email").alias("primary_email"),
            pl.col("user_emails").alias("emails"),
        ).with_columns(pl.Series(name, texts, dtype=pl.String) for name, texts in values.items())

    def _values(
        self, matches: pl.DataFrame, rule: ColumnRule, shown: Sequence[Mapping[str, Any]]
    ) -> list[str | None]:
        name = rule.column
        if name == SKIP_VERIFY_EMAIL:
            return matches[value_column(name)].to_list()
        normal = encode(
            pl.Series([_text(user.get(name)) for user in shown], dtype=pl.String), rule, self._rules
        ).values
        nothing: list[list[str]] = [[]] * len(shown)
        phones = matches["phones"].to_list() if name == "phone" else nothing
        adopted, differing = [], 0
        for user, text, wanted, known, numbers in zip(
            shown, normal, matches[value_column(name)], matches[known_column(name)], phones, strict=True
        ):
            held = _Held(name in user, user.get(name), text, numbers)
            differing += wanted is not None and not held.is_value(wanted)
            adopted.append(held.to_adopt(wanted, known))
        if differing:
            self.differing[name] += differing
        return adopted

    def _count_addresses(self, matches: pl.DataFrame) -> None:
        wanted, held = pl.col("email"), pl.col("user_emails")
        unknown = (wanted.is_not_null() & ~held.list.contains(wanted)).sum()
        unnamed = (pl.col("external_id").is_not_null() & pl.col("external_key").is_null()).sum()
        for name, expression in (("email", unknown), ("external_id", unnamed)):
            if people := matches.select(expression).item():
                self.differing[name] += int(people)


class _Held:
    """What the account holds of one field of one person: the value shown, and its JSON text where it fits.

    Further `numbers` stand beside the phone that is shown.
    """

    def __init__(self, is_shown: bool, found: Any, normal: str | None, numbers: Sequence[str]) -> None:
        self._is_shown = is_shown
        self._found = found
        self._normal = normal
        self._numbers = numbers

    def is_value(self, text: str) -> bool:
        """Tell whether sending a value would change nothing."""
        if text == self._normal:
            return True
        if not self._is_shown:
            return False
        value = json.loads(text)
        return value in self._numbers or is_equal(value, self._found)

    def to_adopt(self, wanted: str | None, known: str | None) -> str | None:
        """Return the JSON text to know from now on, None where that is the known one, or nobody can tell."""
        if not self._is_shown or (known is not None and self.is_value(known)):
            return None
        if wanted is not None and self.is_value(wanted):
            return wanted
        if self._found in _NOTHING or (wanted is None and self._found is False):
            return CLEARED
        return self._normal or json.dumps(self._found, ensure_ascii=False)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
