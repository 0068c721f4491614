"""Who an account's agents and admins are, asked once a run: a query of customers never writes to them."""

from __future__ import annotations

from zdpipe.model.staff import Member, Staff
from zdpipe.pipeline.account import asked
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.state.staff import recall_staff, remember_staff
from zdpipe.zendesk.client import ZendeskClient


def ask_for_staff(bench: Workbench, store: Store, client: ZendeskClient, destination: Destination) -> Staff:
    """Return the account's staff; nobody where the project allows to write to them.

    They are written down for plans, which do not ask. An account that is down is waited for.
    """
    if bench.project.identity.allow_staff:
        return Staff()
    users = asked(bench, destination, client.staff)
    staff = Staff(tuple(Member(user.external_id, user.emails) for user in users))
    remember_staff(store.folder.staff(bench.account(destination)), staff)
    return staff


def staff_by_last_word(bench: Workbench, store: Store, destination: Destination) -> Staff:
    """Return whom the last run found to be staff, without asking."""
    return staff_of_account(bench, store, bench.account(destination))


def staff_of_account(bench: Workbench, store: Store, account: str) -> Staff:
    """Return whom the last run found to be an account's staff, without asking."""
    if bench.project.identity.allow_staff:
        return Staff()
    return recall_staff(store.folder.staff(account))
