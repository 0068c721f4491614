from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reports.build import DONE, REFUSED, STOPPED
from zdpipe.model.action import ActionName
from zdpipe.model.canary import Canary, Fate
from zdpipe.model.cause import cause_of
from zdpipe.model.gone import Farewells, GoneAction
from zdpipe.model.guard import Guard, Ruling, Verdict
from zdpipe.model.run import Counts, Outcome, RunReport, Stop

RUN = STOPPED.run_id
AGAIN = "zdpipe run queries/zendesk_users.sql"


def commands(report: RunReport) -> dict[str, str]:
    cause = cause_of(report)
    assert cause is not None
    return {action.name.value: action.command for action in cause.actions}


def stopped(code: str, **changes: object) -> RunReport:
    stop = Stop(code, "It did not go well.", f"Continue with: zdpipe resume {RUN}", 4)
    return replace(STOPPED, stop=stop, again=AGAIN, **changes)


def test_refused_credentials_are_mended_tested_and_gone_on_with() -> None:
    cause = cause_of(stopped("unauthorized"))
    assert cause is not None
    assert (cause.code, cause.sentence) == ("unauthorized", "Zendesk does not accept the credentials.")
    assert commands(stopped("unauthorized")) == {
        "check": "zdpipe check production",
        "resume": f"zdpipe resume {RUN}",
        "again": AGAIN,
        "close": f"zdpipe runs act {RUN} --action close",
        "failures": f"zdpipe runs failures {RUN}",
    }


def test_imports_that_are_off_are_asked_for_first() -> None:
    assert next(iter(commands(stopped("bulk_import_off")))) == "enable-import"


def test_a_run_that_ended_before_it_had_a_plan_is_run_again() -> None:
    over = stopped("unauthorized", finished_at=DONE.finished_at, counts=Counts())
    assert commands(over) == {"check": "zdpipe check production", "again": AGAIN}


def test_a_guard_is_passed_once_or_its_threshold_raised() -> None:
    refused = replace(REFUSED, again=AGAIN)
    cause = cause_of(refused)
    assert cause is not None
    fact = "400 of 2,000 rows are rejected (20%, the limit is 10%)"
    assert cause.sentence == f"A guard refused the plan, because {fact}."
    assert "by reason" in cause.cure
    assert commands(refused) == {
        "plan": "zdpipe plan queries/zendesk_users.sql --to production",
        "rejects": f"zdpipe runs rejects {RUN}",
        "allow": f"{AGAIN} --allow rejected",
        "raise": f"zdpipe runs act {RUN} --action raise",
        "again": AGAIN,
    }


def test_a_plan_of_a_full_run_is_a_full_one() -> None:
    found = commands(replace(REFUSED, is_full=True))
    assert found["plan"] == "zdpipe plan queries/zendesk_users.sql --to production --full"


def test_all_guards_that_would_refuse_are_named_together() -> None:
    guards = (
        Verdict(Guard.UPDATED, Ruling.ALLOWED, 9, 10, 90, 50),
        Verdict(Guard.ROWS, Ruling.REFUSE, 9, 2, 350, 50),
        Verdict(Guard.EMPTY, Ruling.OK, 9, 9, 9, 1),
    )
    found = commands(replace(REFUSED, guards=guards, again=AGAIN))
    assert found["allow"] == f"{AGAIN} --allow updated --allow rows"


def test_a_sealed_plan_is_run_again_from_what_is_recorded() -> None:
    found = commands(replace(REFUSED, again=f"{AGAIN} --plan FILE", is_sealed=True))
    assert found["allow"] == f"zdpipe runs act {RUN} --action allow"
    assert found["again"] == f"zdpipe runs act {RUN} --action again"


def test_no_threshold_helps_where_too_many_would_be_acted_on() -> None:
    gone = Verdict(Guard.GONE, Ruling.REFUSE, 101, 50_000, 0.2, 1, most=100)
    assert "raise" not in commands(replace(REFUSED, guards=(gone,), again=AGAIN))
    few = replace(gone, part=100, whole=200, number=50)
    assert "raise" in commands(replace(REFUSED, guards=(few,), again=AGAIN))


def test_customers_who_failed_are_looked_at_and_retried() -> None:
    partial = replace(DONE, outcome=Outcome.PARTIAL, counts=Counts(read=3, created=1, failed=2), again=AGAIN)
    cause = cause_of(partial)
    assert cause is not None
    assert cause.code == "customers_failed"
    assert list(commands(partial)) == ["failures", "retry", "again"]
    rollback = replace(partial, rolls_back="20260101-000000-aaaa", again="zdpipe rollback x")
    assert list(commands(rollback)) == ["failures", "again"]


def test_a_canary_is_looked_at_before_anybody_goes_on() -> None:
    found = commands(stopped("canary", failures={}))
    assert list(found) == ["verify", "failures", "again", "resume", "close"]
    through = replace(DONE, canary=Canary(20, 20, 1, Fate.FAILED))
    assert list(commands(through)) == ["verify", "again", "rejects"]


def test_customers_who_are_gone_and_deeds_that_were_refused_are_told() -> None:
    farewells = Farewells(GoneAction.TAG, {"failed": 2, "done": 1})
    cause = cause_of(replace(DONE, farewells=farewells))
    assert cause is not None
    assert cause.code == "gone_failed"


def test_what_a_guard_only_tells_has_a_cause() -> None:
    told = Verdict(Guard.REJECTED, Ruling.TOLD, 1, 2, 50, 10)
    cause = cause_of(replace(DONE, guards=(told,)))
    assert cause is not None
    assert cause.code == "told"
    assert "raise" in [action.name for action in cause.actions]


@pytest.mark.parametrize("outcome", [Outcome.SUCCEEDED, Outcome.SUPERSEDED])
def test_a_run_that_is_well_or_replaced_has_no_cause(outcome: Outcome) -> None:
    assert cause_of(replace(DONE, outcome=outcome)) is None


def test_a_run_that_is_going_has_no_cause() -> None:
    assert cause_of(replace(STOPPED, outcome=Outcome.RUNNING, stop=None)) is None


def test_who_holds_the_account_comes_first() -> None:
    held = stopped("killed", held_by="process 4711")
    assert next(iter(commands(held))) == ActionName.FREE_LOCK


def test_a_code_of_another_version_has_a_cause_all_the_same() -> None:
    cause = cause_of(stopped("of_tomorrow"))
    assert cause is not None
    assert cause.code == "of_tomorrow"
    assert cause.sentence == "The command cannot go on."
    assert [action.name for action in cause.actions][:1] == [ActionName.RESUME]
