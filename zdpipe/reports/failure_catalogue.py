"""The catalogue of failures as a document: every code with its cause, its cure and what fits."""

from __future__ import annotations

from collections.abc import Mapping

from zdpipe.model.action import WORDS, ActionName
from zdpipe.model.catalogue import ACCOUNT, CUSTOMERS, FAREWELLS, GUARDS, PROJECT, RUNS, STATE, Entry

# What an action is in place of, where it is no command of its own.
_BY: Mapping[ActionName, str] = {
    ActionName.CHECK: "`zdpipe check D`",
    ActionName.LINT: "`zdpipe lint QUERY`",
    ActionName.PLAN: "`zdpipe plan QUERY --to D`",
    ActionName.REJECTS: "`zdpipe runs rejects RUN`",
    ActionName.FAILURES: "`zdpipe runs failures RUN`",
    ActionName.VERIFY: "`zdpipe verify RUN`",
    ActionName.ALLOW: "`zdpipe run QUERY … --allow GUARD`",
    ActionName.RESUME: "`zdpipe resume RUN`",
    ActionName.RETRY: "`zdpipe retry RUN`",
    ActionName.AGAIN: "`zdpipe run QUERY …`, for a retry or a rollback that command",
    ActionName.REPEAT: "the command that failed",
}
_CHAPTERS: tuple[tuple[str, str, Mapping[str, Entry]], ...] = (
    ("Runs", "What stopped a run, and what is not well about one that is through.", RUNS),
    ("The account", "What Zendesk, or the way to it, refuses.", ACCOUNT),
    ("Guards", "Why a plan was refused; the code of the run is then `guard`.", GUARDS),
    ("Customers", "Why a customer was sent and did not arrive.", CUSTOMERS),
    ("Customers who are gone", "Why what was to be done to them was not done.", FAREWELLS),
    ("Commands, project, query and source", "What is to be mended before anything is sent.", PROJECT),
    ("The state", "What is wrong with what zdpipe keeps on disk.", STATE),
)
_BEGINNING = """\
# Failures

Every code with its cause, its cure and the actions that fit, the first one first. `zdpipe runs show` tells
those of a run, and `zdpipe runs act RUN` [carries one out](operations.md#what-fits). A run offers what it
allows of: one that has ended is not resumed, one in which nobody failed is not retried.

This file is made from the table that the commands use.

## Actions

| action | does | with |
| --- | --- | --- |
"""


def failure_catalogue() -> str:
    """Return the document in Markdown."""
    actions = "".join(f"| `{name}` | {words} | {_by(name)} |\n" for name, words in WORDS.items())
    chapters = "".join(_chapter(title, words, entries) for title, words, entries in _CHAPTERS)
    return f"{_BEGINNING}{actions}{chapters}"


def _by(name: ActionName) -> str:
    return _BY.get(name, f"`zdpipe runs act RUN --action {name}`")


def _chapter(title: str, words: str, entries: Mapping[str, Entry]) -> str:
    head = f"\n## {title}\n\n{words}\n\n| code | cause | cure | what fits |\n| --- | --- | --- | --- |\n"
    return head + "".join(_row(code, entries[code]) for code in sorted(entries))


def _row(code: str, entry: Entry) -> str:
    actions = ", ".join(f"`{name}`" for name in entry.actions)
    return f"| `{code}` | {entry.sentence} | {entry.cure} | {actions} |\n"
