"""An orchestration of zdpipe as an asset of Dagster, a code location: see docs/recipes.md of zdpipe."""

import json
import subprocess
import tempfile
from collections.abc import Mapping
from typing import Any

import dagster as dg

ZDPIPE = "/opt/zdpipe/bin/zdpipe"  # in an environment of its own, beside Dagster's
PROJECT = "/srv/customers"  # on the disk of the machine that runs this, with the state
ORCHESTRATION = "nightly"
RETRY = dg.RetryPolicy(max_retries=3, delay=900)

# What time alone may cure; everything else wants somebody (docs/failures.md of zdpipe).
PASSING = frozenset({"unreachable", "limits", "locked", "still_going"})
STOPPED = 130
PATIENCE = 60.0  # seconds until zdpipe has to have ended the request under way


class Night(dg.Config):
    """What the launchpad asks for: a guard to let pass, this once."""

    allow: str = "none"


@dg.asset(
    name="zendesk_users",
    group_name="zdpipe",
    pool="zdpipe",  # with a limit of 1: `dagster instance concurrency set zdpipe 1`
    retry_policy=RETRY,
    check_specs=[dg.AssetCheckSpec("everybody_arrived", asset="zendesk_users")],
)
def zendesk_users(context: dg.AssetExecutionContext, config: Night) -> dg.MaterializeResult:
    """Users of Zendesk as the project's queries have them."""
    code, night = _run(context, config)
    is_through = code in (0, 1) and "runs" in night and not _errors(night)  # 1: some customers failed
    if not is_through:
        raise _failure(code, night)
    return dg.MaterializeResult(
        metadata={
            name: value for run in night["runs"] for name, value in _facts(run, len(night["runs"])).items()
        },
        check_results=[_check(night)],
    )


def _run(context: dg.AssetExecutionContext, config: Night) -> tuple[int, dict[str, Any]]:
    """Run the orchestration to its end; return its exit code and its document."""
    command = [ZDPIPE, "orchestrations", "run", ORCHESTRATION, "--yes", "--project", PROJECT]
    command += ["--format", "json", "--log-format", "json"]
    command += [] if config.allow == "none" else ["--allow", config.allow]
    with tempfile.TemporaryFile("w+") as out:  # a pipe would fill up while the log is read
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # it gets the signal that is sent below, and no other
        )
        try:
            for line in process.stderr or ():
                _tell(context, line)
            code = process.wait()
        finally:  # Dagster stops a run by an exception that is raised anywhere
            process.terminate()
            process.wait(PATIENCE)
        out.seek(0)
        return code, json.loads(out.read() or "{}")


def _tell(context: dg.AssetExecutionContext, line: str) -> None:
    """Log a line of zdpipe's log, with its run; whatever else writes there is logged as it is."""
    try:
        entry = dict(json.loads(line))
    except (TypeError, ValueError):
        entry = {"message": line.rstrip()}
    words = [f"[{entry['run_id']}]"] if "run_id" in entry else []
    words += [entry.get("message", line), *([json.dumps(entry["counts"])] if "counts" in entry else [])]
    context.log.log(entry.get("level", "info").upper(), " ".join(words))


def _facts(run: Mapping[str, Any], of: int) -> dict[str, Any]:
    """Return what the asset's page shows of a run, by its query where there are several."""
    facts = {"run_id": run["run_id"], "outcome": run["outcome"], "seconds": run["seconds"], **run["counts"]}
    return {f"{run['query']} {name}" if of > 1 else name: value for name, value in facts.items()}


def _check(night: Mapping[str, Any]) -> dg.AssetCheckResult:
    """Tell whether everybody arrived who was sent."""
    failed = sum(run["counts"]["failed"] for run in night["runs"])
    causes = [run["cause"] for run in night["runs"] if run["cause"]]
    return dg.AssetCheckResult(
        check_name="everybody_arrived",
        passed=not causes,
        description=" ".join(f"{cause['sentence']} {cause['cure']}" for cause in causes) or None,
        metadata={"failed": failed},
    )


def _failure(code: int, night: Mapping[str, Any]) -> dg.Failure:
    errors = _errors(night)
    words = [f"zdpipe left with {code}.", *(f"{error['message']} {error['hint']}" for error in errors[:1])]
    passes = code < 0 or code == STOPPED or any(error["code"] in PASSING for error in errors)
    return dg.Failure(" ".join(words), metadata={"exit_code": code}, allow_retries=passes)


def _errors(night: Mapping[str, Any]) -> list[dict[str, str]]:
    parts = (night, *night.get("queries", ()), *night.get("runs", ()))
    return [part["error"] for part in parts if part.get("error")]


nightly = dg.define_asset_job("zdpipe_nightly", selection=[zendesk_users])
definitions = dg.Definitions(
    assets=[zendesk_users],
    jobs=[nightly],
    schedules=[
        dg.ScheduleDefinition(job=nightly, cron_schedule="30 2 * * *", execution_timezone="Europe/Oslo"),
    ],
)
