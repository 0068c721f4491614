"""What the results of a run say of failures, as SQL that SQLite and DuckDB read alike."""

from __future__ import annotations

from zdpipe.model.batch import ItemStatus
from zdpipe.model.reasons import Failure

IS_FAILED = f"results.status = '{ItemStatus.FAILED}'"
# Older results, and answers without any word, have no reason.
REASON = f"coalesce(results.reason, '{Failure.OTHER}')"
# An object that was held back because its person's own row failed was in no job, whatever its batch did.
IS_HELD_BACK = f"coalesce(results.reason, '') = '{Failure.LEAD_FAILED}'"
