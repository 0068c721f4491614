"""What a plan tells of the difference: changed people by field, people gone, and examples."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import chain, zip_longest
from typing import Any

from zdpipe.changes.outgoing import Spans, outgoing_sql, own_value
from zdpipe.changes.session import Session
from zdpipe.model.batch import Sending
from zdpipe.model.plan import Example
from zdpipe.model.policy import SendOn

# Where no value differs for certain, none differs at all; so whoever is not sent counts nothing here.
_CHANGED = "SELECT count(*) FILTER (gets_external_id){counts} FROM differing WHERE sending IN ({sendings})"

# Of somebody new every address is; of all others it is looked up.
_NEW_WITH_EMAIL = "FROM sent_leads WHERE sending = 'create' AND email IS NOT NULL"
_CHANGED_EMAIL = f"""
SELECT (SELECT count(*) {_NEW_WITH_EMAIL}), count(DISTINCT person) FROM (
  SELECT person FROM (
    SELECT person, email FROM sent_leads WHERE sending = 'update' AND email IS NOT NULL
    UNION ALL
    SELECT person, email FROM addresses
    ANTI JOIN (SELECT row AS lead_row {_NEW_WITH_EMAIL}) AS leads USING (lead_row)
  ) AS going
  ANTI JOIN known_emails AS owned ON owned.key = going.person AND owned.email = going.email
  UNION ALL
  SELECT person FROM sent_leads WHERE promotes
) AS changing
{{which}}
"""
_ONLY_KNOWN = "SEMI JOIN known_users AS users ON users.key = changing.person"
_HAS = """
SELECT EXISTS (FROM records WHERE external_id IS NOT NULL), EXISTS (FROM records WHERE email IS NOT NULL)
"""

# Unchanged, although it is not written in the source as it was sent.
_RESPELLED = "SELECT count(*) FROM leads SEMI JOIN respelled USING (row) ANTI JOIN sent_leads USING (row)"

# With `full` everybody is sent again; only whose values differ changes.
_CHANGED_PEOPLE = """
SELECT
  (SELECT count(*) FROM leads) - (SELECT count(*) FROM differing WHERE sending = 'create'),
  (SELECT count(*)
   FROM differing AS lead LEFT JOIN known_emails AS owned
     ON owned.key = lead.person AND owned.email = lead.email
   LEFT JOIN known_users AS users ON users.key = lead.person
   WHERE lead.sending = 'update'
     AND (lead.gets_external_id OR lead.promotes{changes}
       OR (lead.email IS NOT NULL AND owned.email IS NULL)))
"""

_EXAMPLES = """
SELECT item.sending, item.key, item.external_id, item.email{values}, users.key IS NOT NULL AS is_known,
  users.external_id, users.primary_email{known}
FROM ({outgoing}) AS item LEFT JOIN known_users AS users ON users.key = item.key
ORDER BY item.key, item.email
"""


def count_changed(session: Session, aside: Mapping[str, int], *, only_known: bool = False) -> dict[str, int]:
    """Return for each column of the query, `email` included, how many people's value would change.

    `aside` is how many rows that are set aside have an email or an external_id.
    """
    counts = session.columns.listed("count(*) FILTER ({slot})")
    sendings = f"'{Sending.UPDATE}'" if only_known else f"'{Sending.CREATE}', '{Sending.UPDATE}'"
    external_ids, *changed = session.one(_CHANGED.format(counts=counts, sendings=sendings))
    new, of_others = session.one(_CHANGED_EMAIL.format(which=_ONLY_KNOWN if only_known else ""))
    emails = of_others if only_known else new + of_others
    has_ids, has_emails = session.one(_HAS)
    found = dict(zip(session.columns.names, changed, strict=True))
    found |= {"external_id": external_ids} if has_ids or aside["external_id"] else {}
    found |= {"email": emails} if has_emails or aside["email"] else {}
    return dict(sorted(found.items()))


def count_respelled(session: Session) -> int:
    """Return how many unchanged people have a lead row that normalization changed."""
    (any_respelled,) = session.one("SELECT EXISTS (FROM respelled)")
    if not any_respelled:
        return 0
    (respelled,) = session.one(_RESPELLED)
    return int(respelled)


def count_known(session: Session) -> tuple[int, int]:
    """Return how many people were sent before, by any query, and how many of them would change.

    A field that is sent with known people alone is no change when it comes for the first time.
    """
    changes = "".join(
        f" OR (lead.{slot} AND users.{slot} IS NOT NULL)"
        if session.columns.policy(name).send_on is SendOn.UPDATE
        else f" OR lead.{slot}"
        for name, slot in session.columns
    )
    known, changed = session.one(_CHANGED_PEOPLE.format(changes=changes))
    return int(known), int(changed)


def count_sent(session: Session, query: str) -> int:
    """Return how many people the query has or had, but those who are gone and were taken care of."""
    (sent,) = session.one("SELECT count(*) FROM known.queries WHERE query = ?", [query])
    return int(sent)


def choose_examples(session: Session, limit: int) -> list[Example]:
    """Return people of each kind of change in turn, by their keys, whatever the order of the rows."""
    found = [
        _examples(session, sending, limit) for sending in (Sending.UPDATE, Sending.CREATE, Sending.EMAIL)
    ]
    return [example for example in chain.from_iterable(zip_longest(*found)) if example is not None][:limit]


def _examples(session: Session, sending: Sending, limit: int) -> list[Example]:
    if sending is Sending.EMAIL:
        chosen = "FROM addresses ORDER BY person, email"
    else:
        chosen = f"FROM sent_leads WHERE sending = '{sending}' ORDER BY person"
    some = [row for (row,) in session.rows(f"SELECT row {chosen} LIMIT {limit}")]
    if not some:
        return []
    first = f"(SELECT unnest({some}) AS row, '{sending}' AS sending)"
    known = session.columns.listed("users.{slot}")
    values = "".join(f", item.{own_value(session.columns, name, slot)}" for name, slot in session.columns)
    span = min(some), max(some)
    spans = Spans(None, span) if sending is Sending.EMAIL else Spans(span, None)
    outgoing = outgoing_sql(session, first, "", spans)
    rows = session.rows(_EXAMPLES.format(values=values, known=known, outgoing=outgoing))
    return [_example(session.columns.names, row) for row in rows]


def _example(names: tuple[str, ...], row: tuple[Any, ...]) -> Example:
    count = len(names)
    sending, key, external_id, email, *rest = row
    values, (is_known, *known) = rest[:count], rest[count:]
    after = _texts(external_id, email, names, values)
    before = _texts(known[0], known[1], names, known[2:])
    after = {name: value for name, value in after.items() if value is not None}
    return Example(key, sending, {name: before[name] for name in after} if is_known else None, after)


def _texts(
    external_id: str | None, email: str | None, names: tuple[str, ...], values: list[str | None]
) -> dict[str, str | None]:
    fixed = {"email": email, "external_id": external_id}
    encoded = {
        name: None if value is None else json.dumps(value, ensure_ascii=False)
        for name, value in fixed.items()
    }
    return dict(sorted((encoded | dict(zip(names, values, strict=True))).items()))
