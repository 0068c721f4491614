"""What a simulated account allows, how fast its jobs are, and what it does where Zendesk is silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CALLER_ROLES = ("admin", "custom agent", "agent", "light agent", "end-user")


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A custom user field an account is created with.

    `type` is one of Zendesk's user field types; `options` are the values of a dropdown or multiselect; `tag`
    is the tag a ticked checkbox adds to its user (Zendesk User Fields API).
    """

    key: str
    title: str
    type: str = "text"
    tag: str | None = None
    regexp: str | None = None
    options: tuple[str, ...] = ()


CUSTOMER_FIELDS = (
    FieldSpec("address", "Address"),
    FieldSpec("address2", "Address 2"),
    FieldSpec("city", "City"),
    FieldSpec("state", "State"),
    FieldSpec("postal", "Postal code"),
    FieldSpec("loyalty_tier", "Loyalty tier"),
    FieldSpec("loyalty_points", "Loyalty points", "integer"),
    FieldSpec("lifetime_value", "Lifetime value", "decimal"),
    FieldSpec("order_count", "Order count", "integer"),
    FieldSpec("last_order_date", "Last order date", "date"),
    FieldSpec("churn_likelihood", "Churn likelihood", "decimal"),
    FieldSpec("email_opt_in", "Email opt-in", "checkbox"),
    FieldSpec("birthdate", "Birthdate", "date"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The account's credentials, limits, job speed, first custom fields, and three undocumented decisions.

    `job_seconds` runs from the acceptance of a job to its completion; 0 means completed by the next request.
    `client_id` and `client_secret` are those of the OAuth client; a token lives for `token_seconds`, 0 for
    ever, unless its client asks for another time. `bulk_import` False forbids bulk creation, as on an account
    that has not asked for it; `role` is the caller's, one of CALLER_ROLES. `validate_phones` is Zendesk's
    setting of that name: phones must be E.164.
    The decisions, each of which Zendesk leaves undocumented:

    - `id_and_email_of_two_people`: an item's email belongs to somebody else than its external_id names: the
      external_id is another user's, or nobody's yet while the owner of the email has one of their own. "fail"
      fails the item; "link" applies it to the user of the external_id (created if need be) without the email,
      which stays with its owner. An unknown external_id with the email of a user who has none identifies that
      user, who receives the external_id, under both.
    - `unknown_custom_field`: a key in `user_fields` that the account does not have, or has switched off, is
      dropped ("ignore") or fails the item ("fail").
    - `one_person_twice_in_a_batch`: the second entry for a person updates what the first one wrote ("merge")
      or fails.
    """

    token: str = "simulator"  # noqa: S105 - the published default of a simulator on loopback, no secret
    admin_email: str = "admin@example.com"
    requests_per_minute: int = 700
    users_per_second: int = 100
    jobs_in_flight: int = 30
    job_seconds: float = 1.0
    client_id: str = "zdpipe"
    client_secret: str = "simulator-secret"  # noqa: S105 - published too
    token_seconds: int = 7200
    validate_phones: bool = False
    bulk_import: bool = True
    role: str = "admin"
    user_fields: tuple[FieldSpec, ...] = CUSTOMER_FIELDS
    id_and_email_of_two_people: Literal["fail", "link"] = "fail"
    unknown_custom_field: Literal["ignore", "fail"] = "ignore"
    one_person_twice_in_a_batch: Literal["merge", "fail"] = "merge"
