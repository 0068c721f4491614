"""Whose are new addresses in the account? Asked for a plan, before anybody's sending fails."""

from __future__ import annotations

from dataclasses import replace

from zdpipe.changes.workspace import Workspace
from zdpipe.model.identities import Claim, Claims, Identities, NewAddress
from zdpipe.pipeline.account import open_account
from zdpipe.pipeline.users import Sought, UserReader
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.zendesk.wire import User

# An address takes a request of its own, and somebody waits for the plan.
MOST_ASKED = 100


def ask_whose(
    bench: Workbench, destination: Destination, workspace: Workspace, found: Identities, examples: int
) -> Identities:
    """Return the forecast with the addresses that belong to other users of the account.

    At most MOST_ASKED addresses are looked up, under the account's limits; `asked` says how many were.
    """
    some = workspace.new_addresses(MOST_ASKED)
    if not some:
        return replace(found, asked=0)
    bench.progress.stage("asking whose addresses are")
    with open_account(bench, destination) as client:
        reader = UserReader(bench, client, destination)
        users = reader.read(Sought(new.address, email=new.address) for new in some)
        taken = [
            Claim(new.address, new.key, user.external_id or str(user.user_id))
            for new, (_, user) in zip(some, users, strict=True)
            if user is not None and _is_anothers(user, new)
        ]
    claims = Claims(
        len({claim.address for claim in taken}), len({claim.key for claim in taken}), tuple(taken[:examples])
    )
    return replace(found, asked=len(some), taken=claims)


def _is_anothers(user: User, new: NewAddress) -> bool:
    """Tell whether Zendesk would refuse an address; one without external_id is given that of somebody new."""
    if user.external_id is not None:
        return not user.has_external_id(new.external_id)
    return new.zendesk_id is not None and user.user_id != new.zendesk_id
