"""`zdpipe check`: can a destination be used, and if not, why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from zdpipe.errors import ZdpipeError
from zdpipe.model.finding import Finding
from zdpipe.model.schema import AccountSchema
from zdpipe.pipeline.account import one_of_the_staff, open_account, token_warning
from zdpipe.pipeline.linting import lint_account_fields
from zdpipe.pipeline.refused import explain, is_about_tls
from zdpipe.pipeline.schema import account_schema
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.zendesk.client import ZendeskClient
from zdpipe.zendesk.failures import NoRoom, Refused, RequestFailure
from zdpipe.zendesk.wire import Me

# Seconds. On the smallest plans a minute has room for three questions only.
_PATIENCE = 61.0
# More findings than this are a matter for the linter.
_MOST_FINDINGS = 3


class Answer(StrEnum):
    """How a question was answered; a warning can be lived with, what was skipped was not asked."""

    FINE = "fine"
    WARNING = "warning"
    REFUSED = "refused"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One question to a destination and its answer; `code` names the cause of a refusal."""

    name: str
    answer: Answer
    message: str
    hint: str = ""
    code: str = ""


@dataclass(frozen=True)
class CheckReport:
    """What was asked, in order."""

    destination: str
    account: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was refused."""
        return all(check.answer is not Answer.REFUSED for check in self.checks)


NAMES = (
    "credentials",
    "reachable",
    "TLS",
    "access token",
    "identity",
    "user fields",
    "bulk import",
    "custom fields",
)


def check_destination(bench: Workbench, name: str | None = None) -> CheckReport:
    """Ask a destination everything that a run will need of it, writing nobody and waiting a minute at most.

    What cannot be asked any more after a refusal is there as skipped.
    """
    destination = bench.destination(name)
    questions = _Questions(bench, destination)
    try:
        with open_account(bench, destination, longest_wait=_PATIENCE) as client:
            questions.credentials()
            me = questions.signed_in(client)
            if me is not None:
                fields = questions.user_fields(client, me)
                questions.bulk_import(client, me)
                questions.custom_fields(fields)
    except ZdpipeError as error:
        questions.refused("credentials", error)
    return CheckReport(destination.name, destination.account, questions.answers())


class _Questions:
    """The questions to one destination, and their answers so far."""

    def __init__(self, bench: Workbench, destination: Destination) -> None:
        self._bench = bench
        self._destination = destination
        self._checks: dict[str, Check] = {}

    def answers(self) -> tuple[Check, ...]:
        """Return all answers in the order of the questions."""
        return tuple(self._checks.get(name, Check(name, Answer.SKIPPED, "not asked")) for name in NAMES)

    def refused(self, name: str, error: ZdpipeError) -> None:
        """Note a refusal with its cause and cure."""
        self._checks[name] = Check(name, Answer.REFUSED, error.message, error.hint, error.code)

    def credentials(self) -> None:
        """All secrets were found."""
        warning = token_warning(self._destination, self._bench.clock.now().date())
        if warning is None:
            self._fine("credentials", "found")
        else:
            self._checks["credentials"] = Check("credentials", Answer.WARNING, f"found. {warning}")

    def signed_in(self, client: ZendeskClient) -> Me | None:
        """Is the host there, can it be trusted, does it know us, and may we manage users?"""
        by_token = self._destination.way_in == "oauth" and self._destination.kind != "simulator"
        try:
            client.sign_in()
        except RequestFailure as failure:
            self._connection(failure, "access token")
            return None
        if by_token:
            self._fine("access token", "given, with the scope that is needed")
        else:
            self._skip("access token", "an API token needs none")
        try:
            me = client.me()
        except RequestFailure as failure:
            self._connection(failure, "identity")
            return None
        self._connection(None, "identity")
        return self._identity(me)

    def user_fields(self, client: ZendeskClient, me: Me) -> AccountSchema | None:
        """May we read the account's custom fields?"""
        found = self._asked("user fields", client.user_fields, me.role)
        if found is None:
            return None
        self._fine("user fields", f"{len(found)} custom fields")
        return account_schema(self._bench, self._destination, found)

    def bulk_import(self, client: ZendeskClient, me: Me) -> None:
        """Would Zendesk take users from us? An empty list asks without writing anybody."""
        if self._asked("bulk import", client.may_import, me.role) is not None:
            self._fine("bulk import", "enabled")

    def custom_fields(self, schema: AccountSchema | None) -> None:
        """Does the account have, and use, the custom fields of the project's queries?"""
        if schema is None:
            return
        findings = lint_account_fields(self._bench.project, {self._destination.name: schema})
        if not findings:
            self._fine("custom fields", "all that the queries name are there")
            return
        words = " ".join(map(_words, findings[:_MOST_FINDINGS]))
        more = f" And {len(findings) - _MOST_FINDINGS} more." if len(findings) > _MOST_FINDINGS else ""
        cure = (
            "Make them in Zendesk or mend the queries; the linter learns of them with: "
            f"zdpipe schema --to {self._destination.name}"
        )
        self._checks["custom fields"] = Check(
            "custom fields", Answer.REFUSED, f"{words}{more}", cure, "custom_fields"
        )

    def _identity(self, me: Me) -> Me | None:
        try:
            one_of_the_staff(me, self._destination)
        except ZdpipeError as error:
            self.refused("identity", error)
            return None
        self._fine("identity", f"signed in with the role {me.role}")
        return me

    def _connection(self, failure: RequestFailure | None, question: str) -> None:
        """Say how far we got: an answer of any kind proves that the host is there and can be trusted."""
        error = explain(failure, self._destination) if failure else None
        if error and isinstance(failure, NoRoom):
            self.refused(question, error)
            return
        if error and isinstance(failure, Refused):
            self.refused(question, error)
        elif error and failure and is_about_tls(failure):
            self.refused("TLS", error)
        elif error and failure and failure.answer is None:
            self.refused("reachable", error)
            return
        elif error:
            self.refused(question, error)
        self._fine("reachable", self._destination.account)
        if "TLS" not in self._checks:
            self._tls()

    def _tls(self) -> None:
        if self._destination.url.startswith("https:"):
            self._fine("TLS", "the certificate is trusted")
        else:
            self._skip("TLS", "not needed on this machine")

    def _asked(self, name: str, ask: Callable[[], Any], role: str) -> Any:
        try:
            return ask()
        except RequestFailure as failure:
            self.refused(name, explain(failure, self._destination, role))
            return None

    def _fine(self, name: str, words: str) -> None:
        self._checks[name] = Check(name, Answer.FINE, words)

    def _skip(self, name: str, words: str) -> None:
        self._checks[name] = Check(name, Answer.SKIPPED, words)


def _words(finding: Finding) -> str:
    return f"{finding.path}:{finding.span.line}:{finding.span.column}: {finding.message}"
