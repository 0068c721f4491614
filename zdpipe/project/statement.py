"""What a statement of `[source] setup` may hold: places for secrets and for the project's folder."""

from __future__ import annotations

import re

from zdpipe.project.secret import REFERENCE

# ${env:NAME}, ${file:PATH} and ${keyring:SERVICE/NAME} are secrets; ${project} is the project's folder.
PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
PROJECT = "project"

_WRITTEN_DOWN = re.compile(
    r"\b\w*(?:password|passwd|token|client_secret|secret_(?:access_)?key|encryption_key|account_key)"
    r"\s*=?\s*'(?!\$\{)[^']"  # PASSWORD '…', SET s3_secret_access_key = '…'
    r"|\bpassword\s*=\s*(?![\s'$])"  # 'dbname=crm password=…'
    r"|\w:/*[^/\s:@']+:(?!\$\{)[^/\s@']+@"  # 'postgresql://user:…@host'
    r"|\bcreate\b[^;]*\bsecret\b[^;]*\bsecret\s+'(?!\$\{)[^']",  # CREATE SECRET (TYPE s3, SECRET '…')
    re.IGNORECASE,
)


def check_statement(value: str) -> str:
    """Refuse a place that is none, and a secret that is written down; neither is repeated in the message."""
    if not all(place == PROJECT or REFERENCE.fullmatch(place) for place in PLACEHOLDER.findall(value)):
        raise ValueError(
            "${env:NAME}, ${file:PATH}, ${keyring:SERVICE/NAME} or ${project} is needed between ${ and }"
        )
    if _WRITTEN_DOWN.search(value):
        raise ValueError(
            "a reference is needed where a secret stands, such as PASSWORD '${env:NAME}', never the value"
        )
    return value
