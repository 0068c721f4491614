"""Why a customer that was sent did not arrive, and why a deed to one who is gone was not done."""

from __future__ import annotations

from collections.abc import Mapping

from zdpipe.model.action import ActionName
from zdpipe.model.catalogue.entry import Entry
from zdpipe.model.gone import FATES, Fate
from zdpipe.model.reasons import FAILURES, Failure

_MEND = (ActionName.FAILURES, ActionName.RETRY)
_LATER = (ActionName.RETRY, ActionName.AGAIN)

_CURES: Mapping[Failure, tuple[str, tuple[ActionName, ...]]] = {
    Failure.EMAIL_TAKEN: ("Merge the two users in Zendesk, or correct the address.", _MEND),
    Failure.INVALID_EMAIL: ("Correct the address in the source.", _MEND),
    Failure.INVALID_PHONE: ("Correct the number in the source.", _MEND),
    Failure.NAME_MISSING: ("Give the customer a name in the source.", _MEND),
    Failure.UNKNOWN_FIELD: (
        "Make the field, or the option, in Zendesk, or take the column out of the query.",
        (ActionName.CHECK, *_MEND),
    ),
    Failure.LEAD_FAILED: ("Mend why the customer's own row failed; this one follows it.", _MEND),
    Failure.PRIMARY_REFUSED: ("See whose the new address is in Zendesk, then retry.", _MEND),
    Failure.REFUSED: ("Mend what Zendesk's own words name, then retry.", _MEND),
    Failure.JOB_FAILED: ("Retry, or wait for the next run.", _LATER),
    Failure.UNCONFIRMED: ("Retry, or wait for the next run.", _LATER),
    Failure.OTHER: ("Mend what Zendesk's own words name, then retry.", _MEND),
}
CUSTOMERS: Mapping[str, Entry] = {
    code: Entry(FAILURES[code], cure, actions) for code, (cure, actions) in _CURES.items()
}

_TRIED_AGAIN = "Run once more, or wait for the next run."
FAREWELLS: Mapping[str, Entry] = {
    fate: Entry(FATES[fate], _TRIED_AGAIN, (ActionName.FAILURES, ActionName.AGAIN))
    for fate in Fate
    if not fate.is_final
}
