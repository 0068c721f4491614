"""When a field is sent, and what becomes of it when its value is gone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from zdpipe.model.fields import TAGS, Kind

# The JSON text of a value that was cleared, as the known users remember it, however it went over the wire.
CLEARED = "null"
# Emptying one of these would take more from a person than a value.
NEVER_CLEARED = frozenset(
    {"name", "email", "external_id", "role", "custom_role_id", "suspended", "verified", "skip_verify_email"}
)
NEVER_LIMITED = frozenset({"name", "email", "external_id"})


class Nulls(StrEnum):
    """What a null in the query's result does to the field; also the words of `[fields.<name>] nulls`."""

    CLEAR_OWN = "clear-own"  # empties what zdpipe sent, while the account still holds it
    OMIT = "omit"
    CLEAR = "clear"  # empties whatever is there


class SendOn(StrEnum):
    """Which objects hold the field; also the words of `[fields.<name>] send_on`."""

    CREATE = "create"
    UPDATE = "update"
    BOTH = "both"


class OnEmailChange(StrEnum):
    """What a known customer's other address becomes; also the words of `[identity] on_email_change`."""

    ADD_SECONDARY = "add-secondary"  # as Zendesk does by itself
    MAKE_PRIMARY = "make-primary"


class Mode(StrEnum):
    """What becomes of others' tags; also the words of `[fields.tags] mode`."""

    MERGE = "merge"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class FieldPolicy:
    """How one field is sent; `cleared` is the JSON text that empties it at Zendesk.

    With `only_if_empty` it goes to users of whom the account shows nothing there. What `merges` is a list, of
    which the entries of others stay.
    """

    nulls: Nulls = Nulls.CLEAR_OWN
    send_on: SendOn = SendOn.BOTH
    cleared: str = CLEARED
    only_if_empty: bool = False
    merges: bool = False

    @property
    def is_asked_about(self) -> bool:
        """Whether what is sent depends on what the account shows."""
        return self.only_if_empty or self.merges

    @property
    def clears(self) -> bool:
        """Whether a null may empty the field; what new users alone get is never looked at again."""
        return self.nulls is not Nulls.OMIT and self.send_on is not SendOn.CREATE


def policy_of(
    name: str,
    kind: Kind,
    nulls: Nulls | None = None,
    send_on: SendOn | None = None,
    *,
    only_if_empty: bool = False,
    mode: Mode | None = None,
) -> FieldPolicy:
    """Return the policy of a field, which is the project's where it has one."""
    if name in NEVER_CLEARED:
        nulls = Nulls.OMIT
    return FieldPolicy(
        nulls or Nulls.CLEAR_OWN,
        send_on or SendOn.BOTH,
        _cleared(name, kind),
        only_if_empty,
        merges=name == TAGS and mode is not Mode.REPLACE,
    )


def _cleared(name: str, kind: Kind) -> str:
    # A phone without a direct line stays on the profile unless it is set to "" (Zendesk User Identities API);
    # tags are emptied by [""], as recorded; and a tick that was never made reads false.
    by_name = {"phone": '""', TAGS: '[""]'}
    return by_name.get(name, "false" if kind is Kind.BOOLEAN else CLEARED)
