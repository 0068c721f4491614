"""How the values of a column are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.model.fields import PROPERTIES, Kind

if TYPE_CHECKING:
    from zdpipe.lint.subject import Subject


def kind_of(name: str, subject: Subject) -> Kind | None:
    """Return the kind that the project says, else that of Zendesk's field; None for other custom fields."""
    said = subject.context.kinds.get(name)
    if said is not None:
        return said
    entry = PROPERTIES.get(name)
    return entry.kind if entry is not None else None
