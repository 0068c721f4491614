"""The rules about people once more, with dicts and loops, for comparison."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.changes.rows import GONE, Known, Row, encode
from zdpipe.model.policy import FieldPolicy, Nulls, SendOn

CUSTOM = "user_fields."
Policies = Mapping[str, FieldPolicy]
NO_POLICIES: Policies = {}


@dataclass
class Verdict:
    duplicate: int = 0
    unchanged: int = 0
    created: int = 0
    updated: int = 0
    # By person: what is sent, in order: (row, sending, payload).
    sent: dict[str, list[tuple[int, str, str]]] = field(default_factory=lambda: defaultdict(list))
    warnings: set[tuple[int, str, str]] = field(default_factory=set)
    # Whose address is to be the primary one.
    promoted: set[str] = field(default_factory=set)


def payload(row: Row, *, skip: bool = False, policies: Policies = NO_POLICIES) -> str:
    """The canonical bytes of a row."""
    values = {
        name: json.loads(policies[name].cleared) if value is GONE else value
        for name, value in row.values.items()
        if value is not None
    }
    members = {k: v for k, v in values.items() if not k.startswith(CUSTOM)}
    custom = {k.removeprefix(CUSTOM): v for k, v in values.items() if k.startswith(CUSTOM)}
    if row.external_id is not None:
        members["external_id"] = row.external_id
    if custom:
        members["user_fields"] = dict(sorted(custom.items()))
    if skip and "skip_verify_email" not in row.values:
        members["skip_verify_email"] = True
    first = {} if row.email is None else {"email": row.email}
    return encode(first | dict(sorted(members.items())))


def winner(email: str, rows: Sequence[Row], known: Mapping[str, Known]) -> str | None:
    """Whose person an address belongs to, None when nobody says anything about it."""
    claimants = {row.key for row in rows if row.external_id is not None and row.email == email}
    owners = {key for key, user in known.items() if email in user.emails}
    firm = {key for key in owners if known[key].external_id is not None}
    for candidates in (claimants & owners, firm, claimants, owners):
        if candidates:
            return min(candidates)
    return None


def judge(
    rows: Sequence[Row],
    known: Mapping[str, Known],
    *,
    full: bool = False,
    skip: bool = False,
    policies: Policies = NO_POLICIES,
    makes_primary: bool = False,
) -> Verdict:
    """Decide about every row; row numbers are positions in the list."""
    verdict = Verdict()
    people: dict[str, dict[int, Row]] = defaultdict(dict)
    for number, row in enumerate(rows):
        owner = winner(row.email, rows, known) if row.email is not None else None
        if row.external_id is None:
            people[owner or row.key][number] = row
        elif owner is None or owner == row.key:
            people[row.key][number] = row
        else:
            people[row.key][number] = replace(row, email=None)
            verdict.warnings.add((number, row.key, "email_shared"))
    for key, members in people.items():
        past = known.get(key) or _inherited(key, rows, known, people)
        _judge_person(verdict, key, members, past, _Terms(full, skip, policies, makes_primary))
    return verdict


def _inherited(
    key: str, rows: Sequence[Row], known: Mapping[str, Known], people: Mapping[str, object]
) -> Known | None:
    """What is known of the address, without an external_id, that is this person's now and nobody else's."""
    claimed = {row.email for row in rows if row.key == key and row.external_id is not None and row.email}
    alone = {email for email in claimed if email in known and known[email].external_id is None}
    free = {email for email in alone if email not in people and winner(email, rows, known) == key}
    was = min(free, default=None)
    return known[was] if was is not None else None


@dataclass(frozen=True)
class _Terms:
    full: bool
    skip: bool
    policies: Policies
    makes_primary: bool = False


def _judge_person(
    verdict: Verdict, key: str, members: dict[int, Row], known: Known | None, terms: _Terms
) -> None:
    emails = known.emails if known else frozenset()

    def by_lead(number: int) -> tuple[bool, bool, bytes, int]:
        row = members[number]
        is_primary = known is not None and row.email is not None and row.email == known.primary_email
        return row.external_id is None, not is_primary, payload(row).encode(), number

    lead_number = min(members, key=by_lead)
    lead = members[lead_number]
    sending = "create" if known is None else "update"
    sent = replace(lead, values=_sent_values(lead, known, terms))
    if _is_outgrown(lead, known, terms):
        verdict.warnings |= {(lead_number, key, "not_empty")}
    promotes = bool(terms.makes_primary and known and _promotes(lead, known))
    if promotes:
        verdict.promoted.add(key)
    if known is None or terms.full or promotes or _differs(sent, known):
        bytes_ = payload(sent, skip=terms.skip, policies=terms.policies)
        verdict.sent[key].append((lead_number, sending, bytes_))
        verdict.created += known is None
        verdict.updated += known is not None
    else:
        verdict.unchanged += 1
    standing_for: dict[str, int] = {}
    for number in sorted(set(members) - {lead_number}, key=lambda n: (by_lead(n)[0], by_lead(n)[2:])):
        row = members[number]
        if row.values != lead.values:
            verdict.warnings.add((number, key, "conflicting_rows"))
        adds = row.external_id is not None or (lead.external_id is not None and row.email not in emails)
        if row.email is None or row.email == lead.email or row.email in standing_for or not adds:
            verdict.duplicate += 1
        else:
            standing_for[row.email] = number
    for email, number in sorted(standing_for.items()):
        if email in emails and not terms.full:
            verdict.unchanged += 1
            continue
        verdict.updated += 1
        only = Row(lead.external_id, email, {"name": lead.values["name"]})
        verdict.sent[key].append((number, "email", payload(only)))


def _promotes(lead: Row, known: Known) -> bool:
    return None not in (lead.email, known.primary_email) and lead.email != known.primary_email


def _is_filled(known: Known | None, name: str) -> bool:
    """Whether zdpipe itself filled a field."""
    return known is not None and known.values.get(name) not in (None, GONE)


def _is_outgrown(lead: Row, known: Known | None, terms: _Terms) -> bool:
    return not terms.full and any(
        policy.only_if_empty
        and policy.send_on is not SendOn.CREATE
        and _is_filled(known, name)
        and lead.values[name] not in (None, known.values[name] if known else None)
        for name, policy in terms.policies.items()
    )


def _sent_values(lead: Row, known: Known | None, terms: _Terms) -> dict[str, object]:
    """What a lead row says of each field that goes along: its value, GONE where a null empties it."""
    sending = SendOn.CREATE if known is None else SendOn.UPDATE
    sent: dict[str, object] = {}
    for name, value in lead.values.items():
        policy = terms.policies.get(name, FieldPolicy(Nulls.OMIT))
        if policy.send_on not in {SendOn.BOTH, sending}:
            continue
        before = known.values.get(name) if known else None
        clearable = before is not GONE and (policy.nulls is Nulls.CLEAR or before is not None)
        if value is not None:
            if terms.full or not (policy.only_if_empty and _is_filled(known, name)):
                sent[name] = value
        elif policy.clears and clearable and f",{name}," not in (lead.unread or ""):
            sent[name] = GONE
    return sent


def _differs(lead: Row, known: Known) -> bool:
    return (
        any(value is not None and known.values.get(name) != value for name, value in lead.values.items())
        or (lead.email is not None and lead.email not in known.emails)
        or (lead.external_id is not None and known.external_id is None)
    )
