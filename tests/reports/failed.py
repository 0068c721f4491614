"""Failed user objects to render."""

from __future__ import annotations

import polars as pl

_LEAD = (
    '{"email":"jane@example.com","external_id":"0b1c2d3e-aaaa-bbbb","name":"Jane Doe","phone":"+12065550134",'
    '"user_fields":{"lifetime_value":12.50,"city":"Springfield"}}'
)
_FURTHER = '{"email":"jd@example.org","external_id":"0b1c2d3e-aaaa-bbbb","name":"Jane Doe"}'
_OTHER = '{"external_id":"crm-4711","name":"Zoë Žižek","skip_verify_email":true}'

# Somebody whose further address was held back, and somebody whose request was refused.
ROWS = pl.DataFrame(
    {
        "row": [7, 8, 12_345],
        "key": ["0b1c2d3e-aaaa-bbbb", "0b1c2d3e-aaaa-bbbb", "crm-4711"],
        "sending": ["create", "email", "create"],
        "reason": ["email_taken", "lead_failed", "refused"],
        "details": [
            "Email: jane@example.com is already being used by another user",
            "Not sent: Zendesk refused this customer's own row.",
            "HTTP 422: External: CRM-4711 has already been taken by Zoë Žižek",
        ],
        "job_id": ["V3-1f2e3d", None, None],
        "request_id": [None, None, "a1b2-c3d4"],
        "batch": [1, 2, 1],
        "position": [0, 0, 99],
        "payload": [_LEAD, _FURTHER, _OTHER],
    }
)
PERSONAL = ("0b1c2d3e", "jane@", "Jane Doe", "jd@", "Springfield", "12.50", "crm-4711", "Zoë Žižek")
