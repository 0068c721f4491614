"""What sending would take, from what is known of an account."""

from __future__ import annotations

from zdpipe.delivery.window import MOST_JOBS
from zdpipe.model.plan import Forecast
from zdpipe.zendesk.limits import ASSUMED_REQUESTS_PER_MINUTE, writes_a_minute

_MINUTE = 60.0


def forecast(
    users: int,
    batches: int,
    users_per_second: int,
    *,
    single_calls: int = 0,
    requests_per_minute: int | None = None,
    job_seconds: float | None = None,
) -> Forecast:
    """Return how long that many users in so many batches take when nothing goes wrong.

    `single_calls` are requests that write one user each, when the batches are through.
    Three limits hold at once: users a second, requests a minute (those that read have their share), and jobs
    in flight. The last job has to end too.
    """
    limit = requests_per_minute or ASSUMED_REQUESTS_PER_MINUTE
    writes = batches + single_calls
    minutes = (writes - 1) // writes_a_minute(limit) if writes else 0
    lasting = job_seconds or 0.0
    rounds = (batches - 1) // MOST_JOBS if batches else 0
    seconds = max(users / users_per_second, minutes * _MINUTE, rounds * lasting)
    return Forecast(
        requests=writes,
        jobs=batches,
        seconds=seconds + (lasting if batches else 0.0),
        requests_per_minute=requests_per_minute,
        job_seconds=job_seconds,
    )
