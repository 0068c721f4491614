"""What stops a run beside the account, the project and the state; and how one may end and not be well."""

from __future__ import annotations

from collections.abc import Mapping

from zdpipe.model.action import ActionName
from zdpipe.model.canary import CANARY
from zdpipe.model.catalogue.entry import Entry
from zdpipe.model.run import REFUSED

_GO_ON = (ActionName.RESUME, ActionName.AGAIN, ActionName.CLOSE)

# Codes of runs that are through and not well: no error, so nothing stopped them.
CUSTOMERS_FAILED = "customers_failed"
GONE_FAILED = "gone_failed"
TOLD = "told"

RUNS: Mapping[str, Entry] = {
    "interrupted": Entry(
        "A person or the machine stopped the run on request.",
        "Go on, or run once more: that plans anew.",
        _GO_ON,
    ),
    "killed": Entry(
        "The process ended before the run did.",
        "Go on, or run once more: that plans anew.",
        _GO_ON,
    ),
    "not_all_begun": Entry(
        "It ended before all its queries had begun.",
        "Mend what stopped the query before them, then go on, or begin once more: that plans anew.",
        (ActionName.AGAIN, ActionName.REPEAT),
    ),
    "unfinished": Entry(
        "Sending stopped with batches left.",
        "Mend what the message names, then go on.",
        _GO_ON,
    ),
    CANARY: Entry(
        "The customers who went ahead are not there as they were sent.",
        "Mend what is wrong and run once more; go on only if it is right as it is.",
        (ActionName.VERIFY, ActionName.FAILURES, ActionName.AGAIN, ActionName.RESUME, ActionName.CLOSE),
    ),
    REFUSED: Entry(
        "A guard refused the plan, so nothing was sent.",
        "Mend the source or the query and run once more, or let the guard pass if the numbers are right.",
        (ActionName.PLAN, ActionName.REJECTS, ActionName.ALLOW, ActionName.RAISE, ActionName.AGAIN),
    ),
    CUSTOMERS_FAILED: Entry(
        "Zendesk refused some customers; all others arrived.",
        "Mend what their reasons name, then send them once more; the next run tries them, too.",
        (ActionName.FAILURES, ActionName.RETRY, ActionName.AGAIN),
    ),
    GONE_FAILED: Entry(
        "Zendesk did not do everything that was to be done to customers who are gone.",
        "Nothing is needed: the next run tries again.",
        (ActionName.FAILURES, ActionName.AGAIN),
    ),
    TOLD: Entry(
        "More of these customers' rows were rejected than the project lets pass.",
        "Mend the rows, or raise the threshold.",
        (ActionName.REJECTS, ActionName.RAISE, ActionName.AGAIN),
    ),
    "conservation": Entry(
        "The counts of the rows do not add up, which is a bug of zdpipe.",
        "Report it; what was sent is recorded.",
        (ActionName.REPEAT,),
    ),
    "bug": Entry(
        "A bug of zdpipe ended the command.",
        "Report it with the log that the message names; what was sent is recorded.",
        (*_GO_ON, ActionName.REPEAT),
    ),
    "error": Entry(
        "The command cannot go on.",
        "Do what the message says.",
        (*_GO_ON, ActionName.REPEAT),
    ),
}
