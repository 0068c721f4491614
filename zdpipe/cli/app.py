"""The commands, and the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated

import typer

from zdpipe import __version__
from zdpipe.cli import alerts, exit_codes, fields, invocation, orchestrations, runs, simulator, timers
from zdpipe.cli.act import act
from zdpipe.cli.adopt import adopt
from zdpipe.cli.build import build
from zdpipe.cli.check import check
from zdpipe.cli.errors import complain_about, error_document, log_error
from zdpipe.cli.explain import explain
from zdpipe.cli.export import export
from zdpipe.cli.failures import failures
from zdpipe.cli.forget import forget
from zdpipe.cli.init import init
from zdpipe.cli.lint import lint
from zdpipe.cli.log_option import logs
from zdpipe.cli.output import Unwritable, flush, note, open_closed_streams, write, write_json
from zdpipe.cli.plan import plan
from zdpipe.cli.preview import preview
from zdpipe.cli.promote import promote
from zdpipe.cli.prune import prune
from zdpipe.cli.resume import resume
from zdpipe.cli.retry import retry
from zdpipe.cli.rollback import rollback
from zdpipe.cli.rules import rules
from zdpipe.cli.run import run
from zdpipe.cli.sample import sample
from zdpipe.cli.schema import schema
from zdpipe.cli.show import show
from zdpipe.cli.verify import verify
from zdpipe.errors import STOPPED, Interrupted, UsageProblem, ZdpipeError

app = typer.Typer(
    name="zdpipe",
    help="Keep the users of a Zendesk account in step with a SQL query.",
    epilog="Exit codes: 0 done, 1 findings, failed customers or a guard's refusal, 2 yours to fix first, "
    "3 a bug of ours, 4 unfinished and resumable, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
fields_app = typer.Typer(help="Look at the custom fields of accounts.", no_args_is_help=True)
runs_app = typer.Typer(help="Look at past runs, and at one that is going.", no_args_is_help=True)
orchestrations_app = typer.Typer(help="Run several queries on a schedule.", no_args_is_help=True)
alerts_app = typer.Typer(help="Tell people who are not there how runs end.", no_args_is_help=True)
simulator_app = typer.Typer(help="Try things against a Zendesk of your own.", no_args_is_help=True)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    if version:
        write(f"zdpipe {__version__}\n")
        raise typer.Exit


app.command(epilog="Example: zdpipe init crm && cd crm && zdpipe sample")(init)
app.command(epilog="Example: zdpipe sample --rows 2000")(sample)
app.command()(schema)
app.command(epilog="Example: zdpipe lint queries/zendesk_users.sql")(lint)
app.command(epilog="Example: zdpipe rules ZD104")(rules)
app.command()(build)
app.command(epilog="Example: zdpipe preview queries/zendesk_users.sql --limit 3")(preview)
app.command(epilog="Example: zdpipe plan queries/zendesk_users.sql --to production")(logs(plan))
app.command(epilog="Example: zdpipe run queries/zendesk_users.sql --to production --yes")(logs(run))
app.command(epilog="Example: zdpipe promote queries/zendesk_users.sql --from sandbox --to production")(
    logs(promote)
)
app.command(epilog="Example: zdpipe adopt queries/zendesk_users.sql --to production")(logs(adopt))
app.command()(logs(resume))
app.command()(logs(retry))
app.command(epilog="Example: zdpipe verify --sample 100")(logs(verify))
app.command(epilog="Example: zdpipe explain jane@example.com --show-pii")(explain)
app.command(epilog="Example: zdpipe rollback 20260131-093000-ab12 --dry-run")(logs(rollback))
app.command(epilog="Example: zdpipe forget jane@example.com")(forget)
app.command(epilog="Example: zdpipe check production")(check)
fields_app.command("diff", epilog="Example: zdpipe fields diff sandbox production")(fields.diff)
fields_app.callback()(lambda: None)
runs_app.command("list")(runs.list_)
runs_app.command("show", epilog="Example: zdpipe runs show --format html --out run.html")(show)
runs_app.command("rejects", epilog="Example: zdpipe runs rejects --out rejects.csv --show-pii")(runs.rejects)
runs_app.command("failures", epilog="Example: zdpipe runs failures --out failures.csv --show-pii")(failures)
runs_app.command("act", epilog="Example: zdpipe runs act 20260131-093000-ab12 --action resume")(logs(act))
runs_app.command("export", epilog="Example: zdpipe runs export --to history.duckdb")(export)
runs_app.command("prune", epilog="Example: zdpipe runs prune --keep 100")(prune)
orchestrations_app.command("list")(orchestrations.list_)
orchestrations_app.command("run", epilog="Example: zdpipe orchestrations run nightly")(
    logs(orchestrations.run_)
)
orchestrations_app.command("crontab", epilog="Example: zdpipe orchestrations crontab nightly")(
    timers.crontab_
)
orchestrations_app.command(
    "systemd", epilog="Example: zdpipe orchestrations systemd --out ~/.config/systemd/user"
)(timers.systemd)
alerts_app.command("test")(alerts.try_)
alerts_app.command("list")(alerts.list_)
simulator_app.command("serve", epilog="Example: zdpipe simulator serve --port 0 --job-seconds 0")(
    simulator.serve
)
simulator_app.callback()(lambda: None)
app.add_typer(fields_app, name="fields")
app.add_typer(runs_app, name="runs")
app.add_typer(orchestrations_app, name="orchestrations")
app.add_typer(alerts_app, name="alerts")
app.add_typer(simulator_app, name="simulator")


def main() -> None:
    """Run the command of this process's arguments and leave with its exit code."""
    # pydantic looks through every installed package for plugins, and hands them what the project file says:
    # https://docs.pydantic.dev/latest/concepts/plugins/
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # noqa: TID251 - pydantic reads it there alone
    # Arrow's own allocator keeps 60 MB of what a run let go of. It is chosen there, before Arrow is loaded:
    # https://arrow.apache.org/docs/cpp/env_vars.html
    chosen = os.environ.get("ARROW_DEFAULT_MEMORY_POOL")  # noqa: TID251 - whoever chose another keeps it
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = chosen or "system"  # noqa: TID251 - Arrow reads it there alone
    open_closed_streams()
    try:
        code = execute(sys.argv[1:])
        flush()
    except Unwritable as error:  # not even an error as JSON
        complain_about(error)
        code = error.exit_code
    sys.exit(code)


def execute(arguments: Sequence[str]) -> int:
    """Run one command; every error ends here, and none as a traceback on the screen.

    Only Unwritable passes: what ends here is written to stdout where JSON is asked for.
    """
    invocation.begin(arguments)
    try:
        return _invoke(arguments)
    except typer.Exit as leave:
        return leave.exit_code
    except Unwritable:
        raise
    except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 - nothing above would catch it
        return _report_any(error, arguments)


def _report_any(error: BaseException, arguments: Sequence[str]) -> int:
    match error:
        case KeyboardInterrupt():
            return _report(Interrupted(STOPPED))
        case typer.TyperException():
            return _report_usage(error)
        case ZdpipeError() if error.exit_code != exit_codes.OURS:
            return _report(error)
        case _:
            return _report_bug(error, arguments)


def _invoke(arguments: Sequence[str]) -> int:
    command = typer.main.get_command(app)
    with command.make_context("zdpipe", list(arguments)) as context:
        code = command.invoke(context)
    return code if isinstance(code, int) else exit_codes.DONE


def _report(error: ZdpipeError) -> int:
    if _wants_json():
        write_json(error_document(error))
        log_error(error)
    else:
        complain_about(error)
    return error.exit_code


def _report_usage(error: typer.TyperException) -> int:
    """Report words that do not fit; a command group without a command shows its help."""
    context = getattr(error, "ctx", None)
    if context is not None and not _wants_json() and error.message == context.get_help():
        note(error.message)
        return exit_codes.YOURS
    hint = f"See: {context.command_path} --help" if context is not None else "See: zdpipe --help"
    # pydantic, which checks typer's choices, puts the kind of error before its words.
    message = error.format_message().replace("Value error, ", "")
    return _report(UsageProblem(message, hint))


def _report_bug(error: BaseException, arguments: Sequence[str]) -> int:
    from zdpipe.cli.bug_log import logs_folder, write_bug_log

    folder = None
    with suppress(Exception):
        folder = logs_folder(arguments)
    path = write_bug_log(error, arguments, folder)
    hint = f"What happened is written in {path}; please report it. What was sent is recorded."
    bug = ZdpipeError(f"This is a bug of zdpipe ({type(error).__name__}).", hint, code="bug")
    bug.exit_code = exit_codes.OURS
    return _report(bug)


def _wants_json() -> bool:
    return invocation.wants("--format", "json")
