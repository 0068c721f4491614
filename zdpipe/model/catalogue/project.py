"""What the words of a command, the project's files, a query or its source can be wrong about."""

from __future__ import annotations

from collections.abc import Mapping

from zdpipe.model.action import ActionName
from zdpipe.model.catalogue.entry import Entry

_REPEAT = (ActionName.REPEAT,)
_MEND = (ActionName.RESUME, ActionName.AGAIN, ActionName.CLOSE, ActionName.REPEAT)
_FINISH = (ActionName.RESUME, ActionName.CLOSE, ActionName.REPEAT)
_ANEW = (ActionName.PLAN, ActionName.REPEAT)

PROJECT: Mapping[str, Entry] = {
    "usage": Entry(
        "The words of the command do not fit.",
        "Correct them; --help lists what every command takes.",
        _REPEAT,
    ),
    "output": Entry(
        "A result cannot be written where it should go.",
        "Send it elsewhere, or make room; what was done is recorded.",
        _REPEAT,
    ),
    "export": Entry(
        "The history cannot be written where the export is to go.",
        "Name another place, or make room and make it writable.",
        _REPEAT,
    ),
    "export_format": Entry(
        "The place of the export holds tables of another version, or somebody else's.",
        "Name another place.",
        _REPEAT,
    ),
    "export_in_clear": Entry(
        "The place of the export holds personal data in clear, and this command would mask it.",
        "Go on with --show-pii, or name another place.",
        _REPEAT,
    ),
    "confirmation": Entry(
        "The destination is protected, and nobody was there to confirm.",
        "Look at the plan, then give the command with --yes.",
        _ANEW,
    ),
    "declined": Entry(
        "Somebody said no to sending to a protected destination.",
        "Say yes, or choose another destination with --to.",
        _ANEW,
    ),
    "not_approved": Entry(
        "The destination takes approved queries only, and this text of the query has no approval for it.",
        "Approve it with zdpipe promote, commit approvals.json, and repeat the command.",
        _ANEW,
    ),
    "approvals_damaged": Entry(
        "The file approvals.json cannot be read, so nobody can tell what was approved.",
        "Restore the file from the last commit; until then nothing is sent where approvals are demanded.",
        _REPEAT,
    ),
    "no_approval": Entry(
        "The query has no approval that could be withdrawn.",
        "Look into approvals.json, which names queries by their paths in the project.",
        _REPEAT,
    ),
    "same_account": Entry(
        "The two destinations that are to be compared are one account.",
        "Name two destinations of different accounts.",
        _REPEAT,
    ),
    "outside_project": Entry(
        "The query lies outside the project's folder, and an approval could not name it.",
        "Move the query into the project, best into its queries folder.",
        _REPEAT,
    ),
    "changed_meanwhile": Entry(
        "The query was changed while it was being looked at, so that nothing was approved.",
        "Repeat the command; it looks at the query as it is now.",
        _REPEAT,
    ),
    "show_pii": Entry(
        "The project never shows personal data in clear: [privacy] show_pii is never.",
        "Give the command without --show-pii; explain finds a customer by a key that you know.",
        _REPEAT,
    ),
    "action": Entry(
        "No action was chosen, or one that does not fit the run.",
        "Choose one of those listed, with --action.",
        _REPEAT,
    ),
    "draft": Entry(
        "The query is marked as a draft, and was to be sent to everybody.",
        "Send a few with --sample, or take draft=yes out of its header once it is ready.",
        _ANEW,
    ),
    "no_orchestration": Entry(
        "The project has no orchestration of that name.",
        "Name one of those in zdpipe.toml, or add it there.",
        _REPEAT,
    ),
    "no_schedule": Entry(
        "The orchestration has no schedule, so it is never due.",
        "Add a schedule to it in zdpipe.toml, or run it without --due.",
        _REPEAT,
    ),
    "no_run": Entry("There is no run yet.", "Start one with zdpipe run.", _REPEAT),
    "nothing_sent": Entry(
        "The run sent nobody, so there is nothing to read back or to take back.",
        "Choose another run, or let this one send first.",
        (ActionName.RESUME, ActionName.AGAIN, ActionName.REPEAT),
    ),
    "unfinished_run": Entry(
        "A run that has not ended stands in the way.",
        "Finish it, or close it, first.",
        _FINISH,
    ),
    "rollback": Entry(
        "The run took another one back, and has no query of its own to run again.",
        "Take that other run back once more.",
        (ActionName.AGAIN, ActionName.REPEAT),
    ),
    "ambiguous": Entry(
        "The key means several customers.",
        "Name one of them by an external_id.",
        _REPEAT,
    ),
    "keep_runs": Entry(
        "Nobody said how many runs are to stay.",
        "Say it with --keep, or set [state] keep_runs in zdpipe.toml.",
        _REPEAT,
    ),
    "seal_unreadable": Entry(
        "The sealed plan cannot be read.",
        "Seal a new one with zdpipe plan QUERY --seal FILE.",
        _ANEW,
    ),
    "seal_broken": Entry(
        "What would be sent is no longer what the sealed plan holds.",
        "Look at the new plan and seal it, if it is right.",
        _ANEW,
    ),
    "project": Entry(
        "zdpipe.toml, or a file that it names, cannot be used as it is.",
        "Mend the place that the message names.",
        _MEND,
    ),
    "no_project": Entry(
        "There is no zdpipe.toml here or above.",
        "Go into a project's folder, name it with --project, or make one with zdpipe init.",
        _REPEAT,
    ),
    "no_database": Entry(
        "A database of the source is not where zdpipe.toml says.",
        "Put it there, or correct the path.",
        _MEND,
    ),
    "batch_size": Entry(
        "The setting users_per_second was lowered below the size of the run's batches.",
        "Set it back, or run once more: that plans anew.",
        _MEND,
    ),
    "query": Entry(
        "The engine refuses the query, or cannot open its source.",
        "Mend the query or the source.",
        (ActionName.LINT, ActionName.PLAN, *_MEND),
    ),
    "no_spark": Entry(
        "Nobody answers as a Spark Connect server where [source] remote says.",
        "Start the server, or correct the address in zdpipe.toml.",
        _MEND,
    ),
    "extension_missing": Entry(
        "DuckDB lacks an extension that the query or the setup needs.",
        "Install it as the message says.",
        _MEND,
    ),
    "lint": Entry(
        "The linter has errors, so nothing was read or sent.",
        "Mend them; zdpipe lint --fix mends some by itself.",
        (ActionName.LINT, *_MEND),
    ),
}
