"""What somebody can do about a run that failed, stopped or was refused: every action by its name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActionName(StrEnum):
    """Names of actions; `--action` knows them by these, and they are promises."""

    CHECK = "check"
    ENABLE_IMPORT = "enable-import"
    FREE_LOCK = "free-lock"
    LINT = "lint"
    PLAN = "plan"
    REJECTS = "rejects"
    FAILURES = "failures"
    VERIFY = "verify"
    ALLOW = "allow"
    RAISE = "raise"
    RESUME = "resume"
    RETRY = "retry"
    AGAIN = "again"
    CLOSE = "close"
    REPEAT = "repeat"


WORDS: dict[ActionName, str] = {
    ActionName.CHECK: "Mend the credentials or the account, then test them.",
    ActionName.ENABLE_IMPORT: "Ask Zendesk Support to enable bulk user imports.",
    ActionName.FREE_LOCK: "See who holds the account, and free it if that process is gone.",
    ActionName.LINT: "Look at the linter's findings.",
    ActionName.PLAN: "Look at what a run would do now; nothing is sent.",
    ActionName.REJECTS: "Look at the rows that were left out.",
    ActionName.FAILURES: "Look at the customers whom Zendesk refused, with its own words.",
    ActionName.VERIFY: "Read back what was sent.",
    ActionName.ALLOW: "Run once more and let the guard pass, this once.",
    ActionName.RAISE: "Raise the threshold for all runs to come.",
    ActionName.RESUME: "Go on where it stopped, with the present settings.",
    ActionName.RETRY: "Send the customers who failed once more.",
    ActionName.AGAIN: "Run once more, with the data and the settings of now.",
    ActionName.CLOSE: "Skip what is left and close the run; the next one sends it.",
    ActionName.REPEAT: "Do what the cure says, then give the command once more.",
}


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do, and the command that does it."""

    name: ActionName
    command: str

    @property
    def words(self) -> str:
        """Say what it does."""
        return WORDS[self.name]

    def as_json(self) -> dict[str, str]:
        """Return the JSON shape."""
        return {"name": self.name.value, "words": self.words, "command": self.command}
