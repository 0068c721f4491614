"""Looking at accounts without writing anybody: their custom fields, our rights there, their limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zdpipe.errors import UsageProblem
from zdpipe.model.account_facts import (
    AccountFacts,
    FieldFacts,
    FieldsDiff,
    Refusal,
    field_differences,
)
from zdpipe.pipeline.account import asked, open_account, who_am_i
from zdpipe.pipeline.refused import explain
from zdpipe.pipeline.schema import user_field
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.state.locks import account_place
from zdpipe.zendesk.client import ZendeskClient
from zdpipe.zendesk.failures import Refused
from zdpipe.zendesk.limits import learned_limit

RawFields = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Survey:
    """What was found out about an account; `raw_fields` are its custom fields as Zendesk gives them."""

    facts: AccountFacts
    raw_fields: RawFields


def compare_fields(bench: Workbench, first: str, second: str) -> FieldsDiff:
    """Read and compare the custom fields of two destinations' accounts."""
    one, other = two_accounts(bench, first, second)
    a, b = (field_facts(_read_fields(bench, destination)) for destination in (one, other))
    return FieldsDiff(
        (one.name, other.name), (bench.account(one), bench.account(other)), field_differences(a, b)
    )


def two_accounts(bench: Workbench, first: str, second: str) -> tuple[Destination, Destination]:
    """Return two destinations; raises UsageProblem where they lead to one account."""
    one, other = bench.destination(first), bench.destination(second)
    if bench.account(one) == bench.account(other):
        raise UsageProblem(
            f"{first} and {second} lead to the same account, {bench.account(one)}.",
            "Name two destinations with accounts of their own.",
            code="same_account",
        )
    return one, other


def survey(bench: Workbench, destination: Destination) -> Survey:
    """Ask an account what it is like.

    Raises CredentialError or DestinationError where it does not let us in, or not look at its fields.
    """
    bench.progress.stage(f"looking at {destination.name}")
    account = bench.account(destination)
    with open_account(bench, destination) as client:
        me = who_am_i(bench, client, destination, first_contact=True)
        raw = asked(bench, destination, client.user_fields)
        no_import = _no_import(bench, client, destination, me.role)
        jobs_at_once = client.most_slots
    facts = AccountFacts(
        destination=destination.name,
        account=account,
        fields=field_facts(raw),
        way_in=_way_in(destination),
        role=me.role,
        no_import=no_import,
        users_per_second=destination.users_per_second,
        requests_per_minute=learned_limit(account_place(bench.shared_state(account), account)),
        jobs_at_once=jobs_at_once,
    )
    return Survey(facts, raw)


def field_facts(raw_fields: RawFields) -> dict[str, FieldFacts]:
    """Return what decides about the custom fields of an account, by key."""
    return {str(field["key"]): _facts(field) for field in raw_fields}


def _read_fields(bench: Workbench, destination: Destination) -> RawFields:
    bench.progress.stage(f"looking at {destination.name}")
    with open_account(bench, destination) as client:
        who_am_i(bench, client, destination, first_contact=True)
        return asked(bench, destination, client.user_fields)


def _no_import(
    bench: Workbench, client: ZendeskClient, destination: Destination, role: str
) -> Refusal | None:
    def ask() -> Refusal | None:
        try:
            client.may_import()
        except Refused as refused:
            error = explain(refused, destination, role)
            return Refusal(error.code, error.message, error.hint)
        return None

    return asked(bench, destination, ask)


def _way_in(destination: Destination) -> str:
    by_client = destination.way_in == "oauth" and destination.kind != "simulator"
    return "OAuth client" if by_client else "API token"


def _facts(field: Mapping[str, Any]) -> FieldFacts:
    known = user_field(field)
    return FieldFacts(
        known.key,
        known.type,
        known.title,
        known.active,
        known.options,
        # Zendesk gives date fields a pattern of its own.
        pattern=str(field.get("regexp_for_validation") or "") if known.type == "regexp" else "",
        tag=str(field.get("tag") or ""),
        target=str(field.get("relationship_target_type") or ""),
    )
