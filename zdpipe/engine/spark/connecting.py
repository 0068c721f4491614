"""The address of a Spark Connect server → a session there, set up to compute as DuckDB does."""

from __future__ import annotations

import logging
import re
from threading import Event
from typing import TYPE_CHECKING, Any

from zdpipe.engine.spark import patience
from zdpipe.engine.spark.client import Client, import_client
from zdpipe.engine.spark.complaints import spark_errors
from zdpipe.engine.spark.patience import Patience
from zdpipe.errors import CredentialError, ProjectError, QueryError, ZdpipeError
from zdpipe.project.secret import Secret

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

OLDEST = 4
_REACH_SECONDS = 15.0
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    # What does not fit is an error, as in DuckDB, and no null or a number that ran over.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.execution.arrow.useLargeVarTypes": "false",
}
# These quote what stands in a row, which may be somebody's name; our own messages say what matters.
_TALKATIVE = ("SQLQueryContextLogger", "pyspark.sql.connect", "pyspark.sql.connect.client")


def connect(remote: str, token: Secret | None) -> SparkSession:
    """Open a session on a server.

    Raises ProjectError where the client is not installed or the server is not there or too old, and
    CredentialError where it refuses us.
    """
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    client = import_client()
    session = client.SparkSession(_channel(client, remote, token))
    try:
        session.client.set_retry_policies([Patience(client.DefaultPolicy(max_retries=patience.RETRIES))])
        _check_version(remote, _version(session))
        with spark_errors():
            for key, value in SETTINGS.items():
                session.conf.set(key, value)
    except BaseException:
        leave(session)
        raise
    return session


def leave(session: SparkSession) -> None:
    """End a session on the server and here; a server that is gone by now has nothing to end."""
    session.client.set_retry_policies([])
    session.stop()


def _channel(client: Client, remote: str, token: Secret | None) -> Any:
    builder = client.DefaultChannelBuilder(remote)
    if token is not None:
        builder.set("token", token.reveal())
    _reach(client, builder, remote)
    return builder


def _reach(client: Client, builder: Any, remote: str) -> None:
    """Connect once and at once: the client itself would try for minutes."""
    states = client.grpc.ChannelConnectivity
    settled, seen = Event(), []

    def listen(state: Any) -> None:
        if state in {states.READY, states.TRANSIENT_FAILURE, states.SHUTDOWN}:
            seen.append(state)
            settled.set()

    channel = builder.toChannel()
    try:
        channel.subscribe(listen, try_to_connect=True)
        settled.wait(_REACH_SECONDS)
    finally:
        channel.unsubscribe(listen)
        channel.close()
    if seen[:1] != [states.READY]:
        raise ProjectError(
            f"Nothing answers as a Spark Connect server at {_shown(remote)}.",
            "Start it there (start-connect-server.sh comes with Spark), or correct [source] remote in"
            " zdpipe.toml; a server behind TLS needs sc://host:443/;use_ssl=true.",
            code="no_spark",
        )


def _shown(remote: str) -> str:
    return remote.partition(";")[0].rstrip("/")


def _version(session: SparkSession) -> str:
    try:
        with spark_errors():
            return str(session.version)
    except QueryError as error:
        raise _refused(error) from None


def _refused(error: ZdpipeError) -> ZdpipeError:
    if re.search(r"UNAUTHENTICATED|PERMISSION_DENIED|nvalid (?:authentication )?token", error.message):
        return CredentialError(
            f"The Spark Connect server refuses us: {error.message}",
            "Name where the token lies under [source] token in zdpipe.toml, such as env:SPARK_TOKEN.",
        )
    return error


def _check_version(remote: str, version: str) -> None:
    major = re.match(r"\d+", version)
    if major is None or int(major[0]) < OLDEST:
        raise ProjectError(
            f"The server at {_shown(remote)} runs Spark {version}, and zdpipe needs {OLDEST}.0 or later.",
            f"Upgrade it to Spark {OLDEST}, or export the tables to Parquet files and read them with DuckDB.",
        )
