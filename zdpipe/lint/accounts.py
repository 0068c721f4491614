"""What is known of the accounts that queries are sent to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.names import custom_field_mistake
from zdpipe.model.fields import custom_field_key, is_custom_field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.outputs import Output
    from zdpipe.lint.subject import Subject
    from zdpipe.model.schema import AccountSchema


def custom_fields(subject: Subject) -> Iterator[tuple[str, Output]]:
    """Yield the key of each well-formed custom field of the result, with its item."""
    for name, output in subject.names:
        if is_custom_field(name) and custom_field_mistake(name) is None:
            yield custom_field_key(name), output


def as_read(account: AccountSchema) -> str:
    """Name an account and the day its fields were read, in UTC."""
    return f"{account.account} (fields as of {account.read_at:%Y-%m-%d})"
