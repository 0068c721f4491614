"""Whose an address became that several customers of a run had."""

from __future__ import annotations

from collections.abc import Iterator

from zdpipe.model.forgotten import Person
from zdpipe.model.journey import Shared
from zdpipe.model.reasons import Reason
from zdpipe.pipeline.person_history import PersonHistory
from zdpipe.pipeline.person_in_run import PersonInRun
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.state.known_people import find_known
from zdpipe.state.person_files import owners_of


def shared_addresses(
    bench: Workbench, store: Store, history: PersonHistory, found: PersonInRun
) -> Iterator[Shared]:
    """Yield the addresses of a person that others have too: those they lost, then those they kept."""
    person = history.person
    lost = found.files.remarks.filter(found.files.remarks["reason"] == Reason.EMAIL_SHARED)["value"]
    for email in sorted(set(lost.drop_nulls())):
        yield Shared(email, _owner(bench, store, person, found, email), tuple(sorted(person.keys)))
    claims = found.files.claims
    own = {email for _, user in history.known for email in user.emails}
    if "email" in found.files.sent.columns:
        own.update(found.files.sent["email"])
    for email in sorted((set(claims["value"]) & own) - set(lost)):
        others = set(claims.filter(claims["value"] == email)["key"])
        yield Shared(email, min(person.keys, default=None), tuple(sorted(others)))


def _owner(bench: Workbench, store: Store, person: Person, found: PersonInRun, email: str) -> str | None:
    """Return to whom the run sent the address, or else who is known to have it now."""
    sent = owners_of(store.folder.outbox(found.run.run_id), email)
    known = find_known(store.folder.known_users(found.run.account), {email}, bench.clock)
    owners = (sent - person.identities) or ({key for key, _ in known} - person.identities)
    return min(owners, default=None)
