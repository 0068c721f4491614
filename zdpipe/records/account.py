"""How an account's own custom fields decide what is sent to them (Zendesk User Fields API)."""

from __future__ import annotations

from zdpipe.model.fields import Kind

KINDS = {
    "integer": Kind.INTEGER,
    "decimal": Kind.DECIMAL,
    "checkbox": Kind.BOOLEAN,
    "date": Kind.DATE,
    "dropdown": Kind.TEXT,
    "multiselect": Kind.TEXT_LIST,
    "lookup": Kind.INTEGER,
}
# What a regexp field takes is for its pattern to say, which only Zendesk's own engine reads.
TEXTS = frozenset({"text", "textarea", "regexp"})
DROPDOWN, MULTISELECT, LOOKUP = "dropdown", "multiselect", "lookup"


def kind_in_account(type_: str, own: Kind) -> Kind:
    """Return the kind of a column in a field of this type; `own` is the kind it has by its name and type.

    Text fields take every kind but lists, as text.
    """
    if type_ in TEXTS:
        return Kind.TEXT if own is Kind.TEXT_LIST else own
    return KINDS.get(type_, own)
