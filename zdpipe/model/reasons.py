"""Why a row was rejected, or what was done to a value: every code with its sentence."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Codes of rejections and warnings; they are promises and never change their meaning."""

    NAME_MISSING = "name_missing"
    IDENTITY_MISSING = "identity_missing"
    STAFF_ACCOUNT = "staff_account"
    INVALID_EMAIL = "invalid_email"
    EMAIL_TYPO = "email_typo"
    INVALID_PHONE = "invalid_phone"
    PLACEHOLDER_PHONE = "placeholder_phone"
    INVALID_STATE = "invalid_state"
    INVALID_DECIMAL = "invalid_decimal"
    INVALID_INTEGER = "invalid_integer"
    INVALID_BOOLEAN = "invalid_boolean"
    INVALID_DATE = "invalid_date"
    INVALID_TIMESTAMP = "invalid_timestamp"
    INVALID_OPTION = "invalid_option"
    INVALID_LOOKUP = "invalid_lookup"
    INVALID_TAG = "invalid_tag"
    OPTION_LABEL = "option_label"
    NOT_FINITE = "not_finite"
    CURRENCY_DROPPED = "currency_dropped"
    CHARACTERS_DROPPED = "characters_dropped"
    TEXT_TOO_LONG = "text_too_long"
    EXTENSION_DROPPED = "extension_dropped"
    EMAIL_SHARED = "email_shared"
    CONFLICTING_ROWS = "conflicting_rows"
    CLEAR_SKIPPED = "clear_skipped"
    NOT_EMPTY = "not_empty"
    NOT_ASKED = "not_asked"


SENTENCES: dict[str, str] = {
    Reason.NAME_MISSING: "The row has no name, and Zendesk creates nobody without one.",
    Reason.IDENTITY_MISSING: "The row has neither external_id nor email, so nobody could tell whose it is.",
    Reason.STAFF_ACCOUNT: "The row is an agent's or admin's, and customers never overwrite staff.",
    Reason.INVALID_EMAIL: "The email address is not well formed.",
    Reason.EMAIL_TYPO: "The domain looks mistyped; the address was sent as it is.",
    Reason.INVALID_PHONE: "The phone number does not exist in its country's numbering plan.",
    Reason.PLACEHOLDER_PHONE: "The phone number is a filler: one digit over and over, or counting.",
    Reason.INVALID_STATE: "The state is neither a known code nor a known name.",
    Reason.INVALID_DECIMAL: "The number is not a number, or does not fit DECIMAL(10,2).",
    Reason.INVALID_INTEGER: "The value is not a whole number.",
    Reason.INVALID_BOOLEAN: "The value is neither true nor false.",
    Reason.INVALID_DATE: "The value is not a date.",
    Reason.INVALID_TIMESTAMP: "The value is not a timestamp.",
    Reason.INVALID_OPTION: "The value is no option of the account's field.",
    Reason.INVALID_LOOKUP: "The value is not the id of a record that a lookup field could point to.",
    Reason.INVALID_TAG: "Zendesk would split one of the tags, or lose characters of it.",
    Reason.OPTION_LABEL: "An option's label, or its value in another case, was sent as its value.",
    Reason.NOT_FINITE: "NaN and infinity are not numbers in JSON and count as missing.",
    Reason.CURRENCY_DROPPED: "A number has no place for the currency beside it, so its sign was left out.",
    Reason.CHARACTERS_DROPPED: "Control characters and invisible blanks were left out of the text.",
    Reason.TEXT_TOO_LONG: "The text is longer than the project allows; it is never cut.",
    Reason.EXTENSION_DROPPED: "E.164 has no place for the phone's extension, so it was left out.",
    Reason.EMAIL_SHARED: "The address belongs to another customer of the query and was sent with that one.",
    Reason.CONFLICTING_ROWS: "Another row of the same customer was sent; this one has other values.",
    Reason.CLEAR_SKIPPED: "The value is gone from the query, and stays because somebody else changed it.",
    Reason.NOT_EMPTY: "The field is filled already, and this value is sent only where it is empty.",
    Reason.NOT_ASKED: "Too many new customers to look up one by one; the next run asks whether it may go.",
}

# What would fit in place of a value that does not, as it stands behind the value.
FITS: dict[str, str] = {
    Reason.INVALID_EMAIL: "an address such as jane@example.com",
    Reason.INVALID_PHONE: "a number that exists, with its area code, or its country code after a plus sign",
    Reason.PLACEHOLDER_PHONE: "a number that somebody answers",
    Reason.INVALID_STATE: "a code such as CA, a name such as California, or one of the field's `values`",
    Reason.INVALID_DECIMAL: "a number below 100,000,000 such as 1234.50 or 1,234.50",
    Reason.INVALID_INTEGER: "a whole number such as 1234",
    Reason.INVALID_BOOLEAN: "true or false, yes or no, on or off, 1 or 0",
    Reason.INVALID_DATE: "a day such as 2026-01-31; strptime(…, '%m/%d/%Y') in the query reads other orders",
    Reason.INVALID_OPTION: "an option of the field",
    Reason.INVALID_LOOKUP: "a whole number above zero",
    Reason.INVALID_TAG: "letters, digits and _ - / : . without blanks",
    Reason.INVALID_TIMESTAMP: "a moment such as 2026-01-31T09:30:00Z, or a day",
}


class Failure(StrEnum):
    """Codes for what became of a customer that was sent and did not arrive."""

    EMAIL_TAKEN = "email_taken"
    INVALID_EMAIL = "invalid_email"
    INVALID_PHONE = "invalid_phone"
    NAME_MISSING = "name_missing"
    UNKNOWN_FIELD = "unknown_field"
    LEAD_FAILED = "lead_failed"
    PRIMARY_REFUSED = "primary_refused"
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
    Failure.PRIMARY_REFUSED: "The customer arrived, but the new address could not be made the primary one.",
    Failure.REFUSED: "Zendesk refused the request that held the customer.",
    Failure.JOB_FAILED: "Zendesk's job failed again and again; the next run tries once more.",
    Failure.UNCONFIRMED: "Zendesk's results did not fit what was sent; the next run tries once more.",
    Failure.OTHER: "See Zendesk's own words for it.",
}
