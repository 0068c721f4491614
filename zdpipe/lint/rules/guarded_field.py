"""ZD601 guarded-field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.fields import PROPERTIES, Access

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


class GuardedField(Rule):
    """A column writes a field that does more than it seems to.

    ## Why it matters
    `role` and `custom_role_id` turn end users into agents, `organization_id` removes other memberships,
    `suspended` locks people out, `tags` is one list for everybody, agents and triggers included, which
    Zendesk replaces whole (Zendesk Users API). Who means it says so in zdpipe.toml, with `allow = true` under
    `[fields.<name>]`; a comment cannot suppress this finding. Tags that are allowed are merged into the list,
    unless `mode = "replace"` says otherwise.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, loyalty_tier AS tags FROM Customer_360
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name, loyalty_tier AS "user_fields.tier" FROM Customer_360
    ```
    """

    code = "ZD601"
    name = "guarded-field"
    suppressible = False

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look for guarded properties that the project does not allow."""
        for name, output in subject.names:
            known = PROPERTIES.get(name)
            if known is None or known.access is not Access.GUARDED or name in subject.context.allowed_fields:
                continue
            yield Remark(
                subject.positions.of(output.named_by),
                f"Zendesk's field `{name}` {known.note}. Leave it out, or set `allow = true` under "
                f"[fields.{name}] in zdpipe.toml.",
            )
