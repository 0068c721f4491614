"""Random small tables in which everything collides."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from tests.changes.rows import GONE, Known, Row
from zdpipe.model.policy import CLEARED, FieldPolicy, Nulls, SendOn

FIELDS = ("name", "alias", "user_fields.City", "user_fields.city", "verified")
EMAILS = [f"{letter}@x.org" for letter in "abcde"]
# The last one reads like an address of somebody else.
IDS = ["A1", "a1", "b2", "B2", "c3", "d4", "a@x.org"]


Table = tuple[list[Row], dict[str, Known]]

values = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Ann", "Bob", "Zoë"]),
        "alias": st.sampled_from([None, None, "al", "be"]),
        "user_fields.City": st.sampled_from([None, "Ulm"]),
        "user_fields.city": st.sampled_from([None, None, "Köln"]),
        "verified": st.sampled_from([None, True, False]),
    }
)
identities = st.one_of(
    st.tuples(st.sampled_from(IDS), st.one_of(st.none(), st.sampled_from(EMAILS))),
    st.tuples(st.sampled_from(IDS), st.sampled_from(EMAILS)),
    st.tuples(st.none(), st.sampled_from(EMAILS)),
)
unread = st.sampled_from([None, None, ",alias,", ",user_fields.City,,alias,"])
rows = st.builds(lambda identity, chosen, lost: Row(*identity, chosen, lost), identities, values, unread)
policies = st.fixed_dictionaries(
    {},
    optional={
        name: st.builds(
            FieldPolicy,
            st.sampled_from(Nulls),
            st.sampled_from(SendOn),
            st.sampled_from([CLEARED, '""']),
            st.booleans(),
        )
        for name in ("alias", "user_fields.City", "user_fields.city", "verified")
    },
)
known_values = st.builds(
    lambda chosen, gone: {name: GONE if name in gone else value for name, value in chosen.items()},
    values,
    st.sets(st.sampled_from(["alias", "user_fields.city"]), max_size=2),
)


@st.composite
def known_users(draw: st.DrawFn) -> dict[str, Known]:
    """Users by key; the primary address is always one of a person's addresses."""
    users = {}
    for name in draw(st.lists(st.sampled_from([*IDS, *EMAILS]), max_size=5)):
        emails = draw(st.frozensets(st.sampled_from(EMAILS), max_size=2))
        primary = draw(st.sampled_from([None, *sorted(emails)]))
        if name in EMAILS and draw(st.booleans()):
            users[name] = Known(None, name, emails | {name}, draw(known_values))
        else:
            users[name.lower()] = Known(name, primary, emails, draw(known_values))
    return users


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Several small worlds side by side, because opening a workspace costs more than filling it."""
    worlds = draw(st.lists(st.tuples(st.lists(rows, max_size=10), known_users()), min_size=1, max_size=6))
    everything: Table = ([], {})
    for number, (some, users) in enumerate(worlds):
        everything[0].extend(
            replace(row, external_id=_of(row.external_id, number), email=_of(row.email, number))
            for row in some
        )
        for key, user in users.items():
            same = [row.values for row in some if row.key == key]
            if same and draw(st.booleans()):
                users[key] = replace(user, values=draw(st.sampled_from(same)))
        everything[1].update({f"{key}.{number}": _known_of(user, number) for key, user in users.items()})
    return everything


def _of(name: str | None, world: int) -> str | None:
    return None if name is None else f"{name}.{world}"


def _known_of(user: Known, world: int) -> Known:
    emails = frozenset(f"{email}.{world}" for email in user.emails)
    return Known(_of(user.external_id, world), _of(user.primary_email, world), emails, user.values)
