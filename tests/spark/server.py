"""A Spark Connect server of one machine, from the `pyspark` that `make test-spark` installs beside zdpipe."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ENVIRONMENT = Path(__file__).parents[2] / ".venv" / "spark"
CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"
_PATIENCE = 120.0


@contextmanager
def spark_server(folder: Path, **settings: str) -> Iterator[str]:
    """Lend the address of a server on loopback that keeps its files in a folder and ends with the block."""
    port = _free_port()
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            _command(folder, {"spark.connect.grpc.binding.port": str(port)} | settings),
            cwd=folder,
            env=os.environ | {"SPARK_HOME": str(_home()), "SPARK_LOCAL_IP": "127.0.0.1"},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait(server, port, folder)
            yield f"sc://localhost:{port}"
        finally:
            _end(server)


def _home() -> Path:
    found = list(ENVIRONMENT.glob("lib/python*/site-packages/pyspark"))
    assert found, "Spark is not there; `make test-spark` installs it"
    return found[0]


def _command(folder: Path, settings: dict[str, str]) -> list[str]:
    every = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.shuffle.partitions": "4",
        "spark.ui.enabled": "false",
    } | settings
    listed = [word for key, value in every.items() for word in ("--conf", f"{key}={value}")]
    submit = str(_home() / "bin" / "spark-submit")
    return [
        submit,
        "--master",
        "local[2]",
        "--driver-memory",
        "1g",
        *listed,
        "--class",
        CLASS,
        "spark-internal",
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(server: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError((folder / "server.log").read_text(encoding="utf-8", errors="replace")[-3000:])


def _end(server: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if server.poll() is None:
            os.killpg(server.pid, sign)
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                continue
