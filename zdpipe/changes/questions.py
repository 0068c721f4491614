"""What an account is asked before anything is sent: about which fields of whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from zdpipe.changes.columns import Columns
from zdpipe.changes.session import Session
from zdpipe.model.known import literal
from zdpipe.model.policy import Nulls

# Whoever has no Zendesk id from us was never acknowledged, and is looked for like somebody new.
_ASKED = """
SELECT differing.person, differing.row, known.zendesk_id, mapped.external_id, mapped.email, inherited.was,
  {name} AS field, '{about}' AS about, mapped.{slot} AS value, {known} AS known, {others} AS others
FROM differing
JOIN mapped ON mapped.row = differing.row
LEFT JOIN known_users AS known ON known.key = differing.person
LEFT JOIN inherited ON inherited.key = differing.person
WHERE differing.{flag}
"""
# What nobody but the account ever had is not ours to take out of a list.
_OWN = "CASE WHEN known.own_{slot} THEN known.{slot} END"
_COUNTED = """
SELECT count(*), count(zendesk_id), count(external_id) FILTER (zendesk_id IS NULL OR was IS NOT NULL),
  count(email) FILTER (zendesk_id IS NULL AND about > '{clear}')
FROM (
  SELECT person, any_value(zendesk_id) AS zendesk_id, any_value(external_id) AS external_id,
    any_value(email) AS email, any_value(was) AS was, max(about) AS about
  FROM ({asked}) GROUP BY person
)
"""
_ROWS_AT_ONCE = 10_240


class About(StrEnum):
    """Why a field is asked about."""

    CLEAR = "clear"  # is our value still there, to be emptied?
    FILL = "fill"  # is there nothing, so that ours may be sent?
    MERGE = "merge"  # what else is in the list?


@dataclass(frozen=True, slots=True)
class Question:
    """A field asked about: `value` is the query's, `known` the last acknowledged one, both JSON texts.

    `others` is what of the acknowledged one had been others' before.
    """

    field: str
    about: About
    value: str | None
    known: str | None
    others: str | None


@dataclass(frozen=True, slots=True)
class AskedPerson:
    """Somebody whose user is read: the lead row, the identity key, by what they are found, and why.

    `was` is the address that whoever has an external_id now was known by until now.
    """

    key: str
    row: int
    zendesk_id: int | None
    external_id: str | None
    email: str | None
    was: str | None
    questions: tuple[Question, ...]

    @property
    def may_be_new(self) -> bool:
        """Whether something is to be sent that hangs on whoever gets it, also one whom no id finds."""
        return any(question.about is not About.CLEAR for question in self.questions)


@dataclass(frozen=True, slots=True)
class ToAsk:
    """How many people are read before anything is sent, and how many of them by what.

    `by_email` are those whom an address may have to find, because no id does.
    """

    people: int = 0
    by_id: int = 0
    by_external_id: int = 0
    by_email: int = 0


def list_asked(session: Session) -> Iterator[AskedPerson]:
    """Yield whom the account is to be asked about, by key, once the leads are compared."""
    asked = _asked(session.columns)
    if not asked:
        return
    parts = session.stream(f"{asked} ORDER BY 1, 7", _ROWS_AT_ONCE)
    rows = (
        row for part in parts for row in zip(*(column.to_pylist() for column in part.columns), strict=True)
    )
    for person, fields in groupby(rows, key=lambda row: row[:6]):
        questions = tuple(Question(field[6], About(field[7]), *field[8:]) for field in fields)
        key, row, zendesk_id, external_id, email, was = person
        yield AskedPerson(key, row, zendesk_id, external_id, email, was, questions)


def count_asked(session: Session) -> ToAsk:
    """Return how many people the account would be asked about."""
    asked = _asked(session.columns)
    return ToAsk(*session.one(_COUNTED.format(asked=asked, clear=About.CLEAR))) if asked else ToAsk()


def _asked(columns: Columns) -> str:
    about = [
        (About.CLEAR, name, slot, f"clear_{slot}")
        for name, slot in columns.clearing
        if columns.policy(name).nulls is Nulls.CLEAR_OWN and not columns.policy(name).merges
    ]
    about += [(About.FILL, name, slot, f"ask_{slot}") for name, slot in columns.filling]
    about += [(About.MERGE, name, slot, f"ask_{slot}") for name, slot in columns.merging]
    return " UNION ALL ".join(
        _ASKED.format(
            name=literal(name),
            slot=slot,
            about=why,
            flag=flag,
            known=_OWN.format(slot=slot) if why is About.MERGE else f"known.{slot}",
            others="NULL" if why is About.CLEAR else f"known.kept_{slot}",
        )
        for why, name, slot, flag in about
    )
