"""An orchestration of zdpipe as a DAG. Copy it to the DAGs folder; docs/recipes.md of zdpipe explains it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG, BaseOperator, Connection, CronTriggerTimetable, Param
from airflow.sdk.exceptions import AirflowException, AirflowFailException

ZDPIPE = "/opt/zdpipe/bin/zdpipe"  # in an environment of its own, beside Airflow's
PROJECT = "/srv/customers"  # on the worker's disk, with the state
RETRY_DELAY = timedelta(minutes=15)

# What time alone may cure; everything else wants somebody (docs/failures.md of zdpipe).
PASSING = frozenset({"unreachable", "limits", "locked", "still_going"})
STOPPED = 130
GUARDS = ["none", "cleared", "empty", "gone", "rejected", "rows", "updated"]


class ZdpipeOperator(BaseOperator):
    """Runs an orchestration, and returns its runs by query: id, outcome and counts."""

    template_fields = ("orchestration", "allow")

    def __init__(self, *, orchestration: str, project: str, allow: str = "none", **options: Any) -> None:
        super().__init__(**options)
        self.orchestration = orchestration
        self.project = project
        self.allow = allow
        self.process: subprocess.Popen[str] | None = None

    def execute(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Raise AirflowException where another try may help, else AirflowFailException."""
        command = [ZDPIPE, "orchestrations", "run", self.orchestration, "--yes", "--project", self.project]
        command += ["--format", "json", "--log-format", "json"]
        command += [] if self.allow == "none" else ["--allow", self.allow]
        with tempfile.TemporaryFile("w+") as out:  # a pipe would fill up while the log is read
            self.process = subprocess.Popen(
                command,
                stdout=out,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, **self._secrets()},
                start_new_session=True,  # it gets the signal that on_kill sends, and no other
            )
            for line in self.process.stderr or ():
                self._tell(line)
            code = self.process.wait()
            out.seek(0)
            night = json.loads(out.read() or "{}")
        if code != 0:
            raise self._failure(code, night)
        kept = ("run_id", "outcome", "counts")
        return {run["query"]: {name: run[name] for name in kept} for run in night["runs"]}

    def on_kill(self) -> None:
        """Ask zdpipe to stop: it leaves what is missing to the next try."""
        if self.process is not None:
            self.process.terminate()

    def _secrets(self) -> dict[str, str]:
        account = Connection.get("zendesk")
        return {"ZENDESK_CLIENT_ID": account.login or "", "ZENDESK_CLIENT_SECRET": account.password or ""}

    def _tell(self, line: str) -> None:
        """Log a line of zdpipe's log, with its run; whatever else writes there is logged as it is."""
        try:
            entry = dict(json.loads(line))
        except (TypeError, ValueError):
            entry = {"message": line.rstrip()}
        level = getattr(logging, entry.get("level", "info").upper())
        words = [f"[{entry['run_id']}]"] if "run_id" in entry else []
        words += [entry.get("message", line), *([json.dumps(entry["counts"])] if "counts" in entry else [])]
        self.log.log(level, "%s", " ".join(words))

    def _failure(self, code: int, night: Mapping[str, Any]) -> AirflowException:
        runs = night.get("runs", ())
        parts = (night, *night.get("queries", ()), *runs)
        errors = [part["error"] for part in parts if part.get("error")]
        said = [f"{error['message']} {error['hint']}" for error in errors[:1]]
        causes = [run["cause"] for run in runs if run["cause"]]
        said = said or [f"{cause['sentence']} {cause['cure']}" for cause in causes]
        words = " ".join([f"zdpipe left with {code}.", *said])
        passes = code < 0 or code == STOPPED or any(error["code"] in PASSING for error in errors)
        return AirflowException(words) if passes else AirflowFailException(words)


with DAG(
    dag_id="zdpipe_nightly",
    schedule=CronTriggerTimetable("30 2 * * *", timezone="Europe/Oslo"),
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Oslo"),
    catchup=False,  # one night makes up for all that were missed
    max_active_runs=1,
    params={"allow": Param("none", enum=GUARDS, title="A guard to let pass, this once")},
    tags=["zdpipe"],
) as dag:
    ZdpipeOperator(
        task_id="nightly",
        orchestration="nightly",
        project=PROJECT,
        allow="{{ params.allow }}",
        queue="zdpipe",  # of the one worker that has the project's disk; leave it out where there is but one
        retries=3,
        retry_delay=RETRY_DELAY,
    )
