"""The tables that an export of the run history has, column by column.

Names and types are promises to whoever queries them; `docs/export.md` lists them, as a test sees to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# A new number where a table or the meaning of a column changes: no export ever holds two formats.
FORMAT = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its type in DuckDB's words, and whether it is null without personal data."""

    name: str
    kind: str
    personal: bool = False


def _columns(text: str, personal: str = "") -> tuple[Column, ...]:
    parts = [(entry.split(), False) for entry in text.split(",")]
    parts += [(entry.split(), True) for entry in personal.split(",") if entry.strip()]
    return tuple(Column(name, " ".join(kind), hidden) for (name, *kind), hidden in parts)


_TIME = "TIMESTAMP WITH TIME ZONE"
TABLES: Mapping[str, Sequence[Column]] = {
    "runs": _columns(
        "run_id VARCHAR, query VARCHAR, destination VARCHAR, account VARCHAR, outcome VARCHAR,"
        f" started_at {_TIME}, finished_at {_TIME}, read BIGINT, rejected BIGINT, duplicate BIGINT,"
        " unchanged BIGINT, created BIGINT, updated BIGINT, failed BIGINT, pending BIGINT, gone BIGINT,"
        " requests BIGINT, jobs BIGINT, seconds DOUBLE, sending_seconds DOUBLE,"
        " users_per_second_limit INTEGER, full_send BOOLEAN, sample BIGINT, canary BIGINT,"
        " canary_fate VARCHAR, resumes INTEGER, retries VARCHAR, rolls_back VARCHAR, gone_action VARCHAR,"
        " closed BOOLEAN, allowed VARCHAR, guards VARCHAR, sql_sha256 VARCHAR, stop_code VARCHAR",
        "stop_message VARCHAR",
    ),
    "outcomes": _columns(
        "run_id VARCHAR, batch INTEGER, position INTEGER, row BIGINT, customer VARCHAR, sending VARCHAR,"
        " outcome VARCHAR, reason VARCHAR, job_id VARCHAR, request_id VARCHAR,"
        f" sent_at {_TIME}, settled_at {_TIME}",
        "key VARCHAR, external_id VARCHAR, email VARCHAR, zendesk_id BIGINT, words VARCHAR",
    ),
    "rejections": _columns(
        "run_id VARCHAR, row BIGINT, customer VARCHAR, reason VARCHAR, field VARCHAR",
        "key VARCHAR, value VARCHAR",
    ),
    "warnings": _columns(
        "run_id VARCHAR, row BIGINT, customer VARCHAR, reason VARCHAR, field VARCHAR",
        "key VARCHAR, value VARCHAR",
    ),
    "jobs": _columns(
        "run_id VARCHAR, account VARCHAR, job_id VARCHAR, batch INTEGER, errand INTEGER, users INTEGER,"
        f" seconds DOUBLE, sent_at {_TIME}, settled_at {_TIME}, created INTEGER, updated INTEGER,"
        " failed INTEGER"
    ),
    "gone": _columns(
        "run_id VARCHAR, errand INTEGER, position INTEGER, customer VARCHAR, deed VARCHAR, outcome VARCHAR,"
        f" job_id VARCHAR, request_id VARCHAR, settled_at {_TIME}",
        "key VARCHAR, zendesk_id BIGINT, words VARCHAR",
    ),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """What an export holds of a run: a print of all it was made of, the format, whether it is in clear."""

    print: str
    format: int = FORMAT
    show_pii: bool = False


@dataclass(frozen=True)
class Exported:
    """What an export did: the runs it wrote, how many it left as they were, and the rows written by table.

    `incomplete` are runs of which nothing but themselves and their jobs could be written, with the reason.
    """

    runs: Sequence[str]
    unchanged: int
    rows: Mapping[str, int]
    show_pii: bool
    incomplete: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return the JSON shape."""
        return {
            "runs": list(self.runs),
            "unchanged": self.unchanged,
            "rows": dict(self.rows),
            "show_pii": self.show_pii,
            "incomplete": dict(self.incomplete),
        }
