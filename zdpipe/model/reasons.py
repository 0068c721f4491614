"""Why a row was rejected, or what was done to a value: every code with its sentence."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Codes of rejections and warnings; they are promises and never change their meaning."""

    NAME_MISSING = "name_missing"
    IDENTITY_MISSING = "identity_missing"
    STAFF_ACCOUNT = "staff_account"
    INVALID_EMAIL = "invalid_email"
    INVALID_PHONE = "invalid_phone"
    INVALID_STATE = "invalid_state"
    INVALID_DECIMAL = "invalid_decimal"
    INVALID_INTEGER = "invalid_integer"
    INVALID_BOOLEAN = "invalid_boolean"
    INVALID_DATE = "invalid_date"
    INVALID_TIMESTAMP = "invalid_timestamp"
    NOT_FINITE = "not_finite"
    EXTENSION_DROPPED = "extension_dropped"
    EMAIL_SHARED = "email_shared"
    CONFLICTING_ROWS = "conflicting_rows"
    CLEAR_SKIPPED = "clear_skipped"


SENTENCES: dict[str, str] = {
    Reason.NAME_MISSING: "The row has no name, and Zendesk creates nobody without one.",
    Reason.IDENTITY_MISSING: "The row has neither external_id nor email, so nobody could tell whose it is.",
    Reason.STAFF_ACCOUNT: "The row is an agent's or admin's, and customers never overwrite staff.",
    Reason.INVALID_EMAIL: "The email address is not well formed.",
    Reason.INVALID_PHONE: "The phone number does not exist in its country's numbering plan.",
    Reason.INVALID_STATE: "The state is neither a known code nor a known name.",
    Reason.INVALID_DECIMAL: "The number is not a number, or does not fit DECIMAL(10,2).",
    Reason.INVALID_INTEGER: "The value is not a whole number.",
    Reason.INVALID_BOOLEAN: "The value is neither true nor false.",
    Reason.INVALID_DATE: "The value is not a date.",
    Reason.INVALID_TIMESTAMP: "The value is not a timestamp.",
    Reason.NOT_FINITE: "NaN and infinity are not numbers in JSON and count as missing.",
    Reason.EXTENSION_DROPPED: "E.164 has no place for the phone's extension, so it was left out.",
    Reason.EMAIL_SHARED: "The address belongs to another customer of the query and was sent with that one.",
    Reason.CONFLICTING_ROWS: "Another row of the same customer was sent; this one has other values.",
    Reason.CLEAR_SKIPPED: "The value is gone from the query, and stays because somebody else changed it.",
}


class Failure(StrEnum):
    """Codes for what became of a customer that was sent and did not arrive."""

    EMAIL_TAKEN = "email_taken"
    INVALID_EMAIL = "invalid_email"
    INVALID_PHONE = "invalid_phone"
    NAME_MISSING = "name_missing"
    UNKNOWN_FIELD = "unknown_field"
    LEAD_FAILED = "lead_failed"
    REFUSED = "refused"
    JOB_FAILED = "job_failed"
    UNCONFIRMED = "unconfirmed"
    OTHER = "other"


FAILURES: dict[str, str] = {
    Failure.EMAIL_TAKEN: "The address belongs to another user in Zendesk; merge the two there.",
    Failure.INVALID_EMAIL: "Zendesk does not accept the address; correct it in the source.",
    Failure.INVALID_PHONE: "Zendesk does not accept the phone number; correct it in the source.",
    Failure.NAME_MISSING: "Zendesk found no name; correct it in the source.",
    Failure.UNKNOWN_FIELD: "The account has no such custom field, or it does not take this value.",
    Failure.LEAD_FAILED: "A further address was not sent, because the customer's own row failed.",
    Failure.REFUSED: "Zendesk refused the request that held the customer.",
    Failure.JOB_FAILED: "Zendesk's job failed again and again; the next run tries once more.",
    Failure.UNCONFIRMED: "Zendesk's results did not fit what was sent; the next run tries once more.",
    Failure.OTHER: "See Zendesk's own words for it.",
}
