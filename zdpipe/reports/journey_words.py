"""What the codes of a customer's journey say to people."""

from __future__ import annotations

from collections.abc import Mapping

from zdpipe.model.batch import BatchState, Sending
from zdpipe.model.gone import Deed
from zdpipe.model.journey import Did, Effect, Role, Treatment, Why

DID: Mapping[Did, tuple[str, str]] = {
    Did.CREATED: ("was created", "green"),
    Did.UPDATED: ("was updated", "green"),
    Did.FAILED: ("was refused by Zendesk", "red"),
    Did.WAITING: ("is still to be sent", "cyan"),
    Did.NOT_SENT: ("was not sent", "yellow"),
    Did.UNCHANGED: ("was unchanged: nothing new to send", "green"),
    Did.REJECTED: ("was rejected", "red"),
    Did.GONE: ("is gone from the query", "yellow"),
    Did.NOTHING_KEPT: ("was unchanged or gone", "yellow"),
    Did.ABSENT: ("was not in this run", "yellow"),
}
ROLES: Mapping[Role, str] = {
    Role.LEAD: "led",
    Role.FURTHER: "added its address",
    Role.DUPLICATE: "a duplicate, and not sent",
    Role.REJECTED: "rejected",
    Role.UNRANKED: "one of several",
}
WHYS: Mapping[Why, str] = {
    Why.ONLY_ROW: "the customer's only row",
    Why.HAS_EXTERNAL_ID: "the one with an external_id",
    Why.PRIMARY_EMAIL: "its address is the one known as primary",
    Why.SMALLEST: "the smallest by its JSON among the customer's rows",
}
TREATMENTS: Mapping[Treatment, str] = {
    Treatment.AS_IT_IS: "as it is",
    Treatment.TRIMMED: "trimmed",
    Treatment.BLANKS_FOLDED: "blanks folded",
    Treatment.LOWER_CASE: "lower case",
    Treatment.ADDRESS: "as an address",
    Treatment.E164: "E.164",
    Treatment.TWO_CAPITALS: "two capitals",
    Treatment.TWO_DECIMALS: "two decimals",
    Treatment.WHOLE_NUMBER: "whole number",
    Treatment.TRUE_OR_FALSE: "true or false",
    Treatment.DATE: "ISO 8601 date",
    Treatment.TIMESTAMP: "ISO 8601 in UTC",
    Treatment.LIST: "as a list",
    Treatment.CHARACTERS_DROPPED: "characters dropped",
    Treatment.TRANSLATED: "translated",
    Treatment.BLANK: "blank, which counts as null",
    Treatment.LEFT_OUT: "left out",
}
EFFECTS: Mapping[Effect, str] = {
    Effect.SET: "new",
    Effect.CHANGED: "changed",
    Effect.ADDED: "added beside the others",
    Effect.EMPTIED: "emptied",
    Effect.KEPT: "stays, because somebody else changed it",
    Effect.SAME: "the same",
    Effect.SENT: "sent, and what was there before was not kept",
}
DEEDS: Mapping[Deed, str] = {
    Deed.BLANK: "Gone from the query: what zdpipe filled was to be emptied",
    Deed.TAG: "Gone from the query: to be tagged",
    Deed.SUSPEND: "Gone from the query: to be suspended",
    Deed.DELETE: "Gone from the query: to be deleted",
    Deed.UNTAG: "Back in the query: the tag was to be taken away",
    Deed.LIFT: "Back in the query: the suspension was to be lifted",
}
SENDINGS: Mapping[Sending, str] = {
    Sending.CREATE: "the whole row, to create",
    Sending.UPDATE: "the whole row, to update",
    Sending.EMAIL: "one more address",
}
STATES: Mapping[BatchState, str] = {
    BatchState.READY: "not sent yet",
    BatchState.SENDING: "sent, and not answered yet",
    BatchState.ACCEPTED: "in a job that has not ended",
    BatchState.UNSURE: "sent, and nobody knows whether it arrived",
    BatchState.SETTLED: "settled",
}
