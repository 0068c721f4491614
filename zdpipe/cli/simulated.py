"""The embedded simulators' accounts, where a forgotten customer may still be a user."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zdpipe.errors import StateError
from zdpipe.simulator.accounts import NotAnAccount
from zdpipe.simulator.erasing import erase_users
from zdpipe.state.folder import StateFolder

if TYPE_CHECKING:
    from zdpipe.model.forgotten import Forgotten
    from zdpipe.project.project import Project

_EMBEDDED = "simulator/"


def erase_simulated(project: Project, forgotten: Forgotten, key: str) -> Forgotten:
    """Erase a customer from every embedded account; the key finds them where nothing else does any more."""
    folder = StateFolder(project.paths.state)
    ids = [number for account, number in forgotten.zendesk if account.startswith(_EMBEDDED)]
    erased = 0
    for path in sorted((folder.root / "simulator").glob("*.sqlite")):
        try:
            erased += erase_users(path, key, ids)
        except NotAnAccount as error:
            raise StateError(
                f"The embedded account {path} cannot be changed: {error}.",
                "Wait until no other command uses it, or remove the file; then repeat the command.",
            ) from error
    others = [pair for pair in forgotten.zendesk if not pair[0].startswith(_EMBEDDED)]
    return replace(
        forgotten, found=forgotten.found or erased > 0, zendesk=others, simulators=(), simulated=erased
    )
