import os
import signal
import threading
import time
from contextlib import closing

import duckdb
import pytest

from zdpipe.clock import SystemClock
from zdpipe.engine.stream import _Worker
from zdpipe.errors import QueryError

SLOW = {
    "before the first row": "SELECT sum(a.range * b.range) AS s FROM range(1000000) a, range(1000000) b",
    "between rows": "SELECT a.range AS n FROM range(10000000) a, range(1000000) b "
    "WHERE md5((a.range + b.range)::VARCHAR) = ''",
}


@pytest.mark.parametrize("moment", SLOW)
def test_control_c_stops_a_running_query_and_frees_the_session(session, moment):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    started = SystemClock().monotonic()
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            list(session.batches(SLOW[moment]))
    finally:
        timer.join()
        signal.signal(signal.SIGINT, before)
    assert SystemClock().monotonic() - started < 5
    assert [batch.rows() for batch in session.batches("SELECT 1 AS a")] == [[(1,)]]


def test_an_error_in_a_late_row_is_a_query_error_with_duckdbs_words(session):
    batches = session.batches(
        "SELECT CASE WHEN n = 150000 THEN error('late\nmore') ELSE n END AS n FROM Customer_360", 1000
    )
    with pytest.raises(QueryError, match="late"):
        list(batches)
    assert [batch.rows() for batch in session.batches("SELECT 1 AS a")] == [[(1,)]]


def test_a_stop_before_the_query_has_begun_still_stops_it() -> None:
    """Interrupted between handing the query over and its beginning, the thread must not go on for ever."""
    endless = "SELECT count(*) FROM range(1000000) AS a(i), range(1000000) AS b(j) WHERE i * j % 7 = 3"
    with closing(duckdb.connect()) as con:
        for delay in (0.0, 0.001, 0.01, 0.2):
            worker = _Worker(con)
            pending = worker._pool.submit(worker._unless_stopped, con.sql(endless).fetchall)
            time.sleep(delay)
            worker.stop()
            assert pending.exception(timeout=5) is not None
