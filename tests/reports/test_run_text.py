from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from tests.reports.build import DONE, REFUSED, STOPPED, render
from zdpipe.model.canary import Canary, Fate
from zdpipe.model.run import Counts, FailureExample, Outcome, Retried, Stop
from zdpipe.reports.run_json import run_json
from zdpipe.reports.run_text import run_text

NUMBERS = st.integers(0, 10_000_000)


@pytest.mark.parametrize("width", [100, 50])
def test_a_stopped_run(width: int, snapshot: SnapshotAssertion) -> None:
    assert render(run_text(STOPPED), width) == snapshot


@pytest.mark.parametrize("width", [100, 50])
def test_a_run_that_is_done(width: int, snapshot: SnapshotAssertion) -> None:
    assert render(run_text(DONE), width) == snapshot


@pytest.mark.parametrize("width", [100, 50])
def test_a_run_that_a_guard_refused(width: int, snapshot: SnapshotAssertion) -> None:
    assert render(run_text(REFUSED), width) == snapshot


def test_a_sample_says_that_others_wait() -> None:
    text = render(run_text(replace(DONE, sample=10)), 100)
    assert "A sample of at most 10 customers; everybody else waits for a run." in text
    assert "rows of the customers in the sample" in text
    assert replace(DONE, sample=10).as_json()["sample"] == 10
    assert "sample" not in DONE.as_json()


CANARY_STOP = Stop(
    "canary",
    "The canary of 20 customers is not as it should be (values that never arrived: 20)."
    " The other 230 rows were not sent.",
    f"`zdpipe verify {STOPPED.run_id}` and `zdpipe runs failures {STOPPED.run_id}` tell more. If something is"
    " wrong, mend it and plan anew with `zdpipe run q.sql --canary 20`; if not, send the rest as it is."
    f" Continue with: zdpipe resume {STOPPED.run_id}",
    4,
)


def test_a_run_that_its_canary_stopped(snapshot: SnapshotAssertion) -> None:
    counts = Counts(read=250, created=20, pending=230)
    canary = Canary(20, 20, 1, Fate.FAILED)
    report = replace(STOPPED, counts=counts, failures={}, gone=0, stop=CANARY_STOP, canary=canary)
    assert render(run_text(report), 100) == snapshot


@pytest.mark.parametrize(
    ("fate", "words"),
    [
        (Fate.WAITING, "is not known yet"),
        (Fate.PASSED, "is there as it was sent"),
        (Fate.FAILED, "is not as it should be"),
        (Fate.WAIVED, "somebody let the run go on"),
    ],
)
def test_a_canary_is_told_of(fate: Fate, words: str) -> None:
    report = replace(DONE, canary=Canary(20, 20, 1, fate))
    text = render(run_text(report), 100)
    assert words in text
    assert (f"zdpipe verify {DONE.run_id}" in text) is (fate is Fate.FAILED)
    assert "zdpipe retry" not in text
    assert report.as_json()["canary"] == {"asked": 20, "people": 20, "fate": fate.value}
    assert "canary" not in DONE.as_json()
    assert "canary" not in render(run_text(replace(DONE, canary=Canary(20))), 100)


@given(st.lists(NUMBERS, min_size=7, max_size=7))
def test_the_counts_shown_add_up_to_the_rows_read(numbers: list[int]) -> None:
    report = replace(DONE, counts=Counts(sum(numbers), *numbers))
    above, _, below = render(run_text(report), 100).partition("─────")
    shown = [int(number.replace(",", "")) for number in re.findall(r"^\w+ +([\d,]+)  ", above, re.MULTILINE)]
    total = re.search(r"read +([\d,]+)", below)
    assert total is not None
    assert len(shown) == 7
    assert sum(shown) == int(total[1].replace(",", ""))


@pytest.mark.parametrize("width", [40, 50, 60])
def test_commands_and_paths_are_never_broken(width: int) -> None:
    lines = render(run_text(STOPPED), width).splitlines()
    assert "    zdpipe resume 20260102-030405-ab12" in lines
    assert f"  {STOPPED.rejects_files[0]}" in lines


def test_an_interrupted_run_names_the_command_that_continues_once() -> None:
    assert STOPPED.stop is not None
    stop = replace(
        STOPPED.stop,
        message="Stopped from the keyboard.",
        hint="Continue with: zdpipe resume 20260102-030405-ab12",
    )
    text = render(run_text(replace(STOPPED, outcome=Outcome.INTERRUPTED, stop=stop)), 100)
    assert text.count("zdpipe resume") == 1


@pytest.mark.parametrize("cure", ["Ask Zendesk Support.", "Then look again with: zdpipe check", "A. B: c"])
def test_the_cure_is_shown_whole_whether_it_ends_with_a_period_or_not(cure: str) -> None:
    assert STOPPED.stop is not None
    stop = replace(STOPPED.stop, hint=f"{cure} Then continue with: zdpipe resume {STOPPED.run_id}")
    lines = render(run_text(replace(STOPPED, stop=stop)), 100).splitlines()
    assert cure in [line.strip() for line in lines]
    assert sum("zdpipe resume" in line for line in lines) == 1


PARTIAL = replace(
    DONE,
    outcome=Outcome.PARTIAL,
    counts=Counts(read=5, created=2, failed=3),
    rejections={},
    failures={"email_taken": 2, "refused": 1},
    failure_examples={
        "email_taken": FailureExample("Email: jane@example.com is taken", '{"email":"jane@example.com"}'),
        "refused": FailureExample("HTTP 422: Jane Doe cannot be processed", '{"name":"Jane Doe"}'),
    },
    rejects_files=(),
)
RETRY = replace(
    PARTIAL, run_id="20260102-040506-cd34", retries=PARTIAL.run_id, retried=Retried(people=6, missing=2)
)


@pytest.mark.parametrize("width", [100, 50])
def test_a_retry_of_which_somebody_failed_again(width: int, snapshot: SnapshotAssertion) -> None:
    assert render(run_text(RETRY), width) == snapshot


def test_failures_have_zendesks_words_masked_and_the_commands_for_them() -> None:
    text = render(run_text(PARTIAL), 100)
    assert "j***@e***.com is taken" in text
    assert "HTTP 422: J*** D*** cannot be processed" in text
    lines = text.splitlines()
    assert f"    zdpipe runs failures {PARTIAL.run_id}" in lines
    assert f"    zdpipe retry {PARTIAL.run_id}" in lines


def test_a_run_that_may_go_on_is_not_retried() -> None:
    lines = render(run_text(STOPPED), 100).splitlines()
    assert f"    zdpipe resume {STOPPED.run_id}" in lines
    assert f"    zdpipe runs failures {STOPPED.run_id}" in lines
    assert not any("zdpipe retry" in line for line in lines)


def test_a_run_that_somebody_closed_is_not_called_replaced() -> None:
    closed = replace(STOPPED, outcome=Outcome.SUPERSEDED, stop=None, is_closed=True, failures={})
    text = render(run_text(closed), 100)
    assert "was closed before it was through" in text
    assert "replaced by a later run" not in text


def test_who_holds_the_account_is_told_before_anything_else_is_tried() -> None:
    lines = render(run_text(replace(STOPPED, held_by="process 4711 (zdpipe run q.sql)")), 100).splitlines()
    assert "The account is being written to by process 4711 (zdpipe run q.sql)." in lines
    first = lines.index("What fits") + 1
    assert lines[first].startswith("  free-lock: ")


def test_what_an_engine_quotes_of_a_customer_is_masked() -> None:
    stop = Stop("query", "Could not convert 'jane@example.com' or +12065550134 to INT32", "Mend it.", 2)
    report = replace(STOPPED, stop=stop)
    shown = render(run_text(report), 100) + json.dumps(run_json(report))
    assert "Could not convert 'j***@e***.com' or *** to INT32" in shown
    assert "jane" not in shown
    assert "2065550134" not in shown


def test_the_json_has_the_cause_and_each_action_with_its_command() -> None:
    document = run_json(STOPPED)
    assert document["cause"] == {
        "code": "unreachable",
        "sentence": "The account cannot be reached, or does not answer as it should.",
        "cure": "Wait for Zendesk or the network to be back, and look at the address in zdpipe.toml.",
    }
    first = {
        "name": "check",
        "words": "Mend the credentials or the account, then test them.",
        "command": "zdpipe check production",
    }
    actions = document["actions"]
    assert isinstance(actions, list)
    assert actions[0] == first
    assert (run_json(DONE)["cause"], run_json(DONE)["actions"]) == (None, [])
    assert list(document)[: len(STOPPED.as_json())] == list(STOPPED.as_json())
    assert "closed" not in document
    assert run_json(replace(DONE, is_closed=True))["closed"] is True
    assert run_json(replace(STOPPED, held_by="process 1"))["held_by"] == "process 1"


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (0, "1,200 customers failed in run old."),
        (1, "1,200 customers failed in run old. 1 of them is no longer in the query."),
        (1_100, "1,200 customers failed in run old. 1,100 of them are no longer in the query."),
    ],
)
def test_a_retry_says_whom_it_is_about(missing: int, words: str) -> None:
    report = replace(DONE, retries="old", retried=Retried(1_200, missing))
    assert words in render(run_text(report), 200).splitlines()


def test_a_retry_without_a_plan_says_only_what_it_retries() -> None:
    text = render(run_text(replace(DONE, retries="old")), 100)
    assert "retries   old" in text
    assert "failed in run" not in text
