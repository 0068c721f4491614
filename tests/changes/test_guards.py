"""Numbers in, rulings out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zdpipe.changes.guards import Before, Findings, judge, refusals, tell
from zdpipe.model.guard import Guard, Ruling, Verdict
from zdpipe.project.tables import Guards

LIMITS = Guards()
QUIET = Findings(
    read=1000, rejected=0, known=1000, changed=0, cleared=0, sent=1000, gone=0, before=Before(1000, 0)
)
COUNTS = st.integers(0, 10_000)


def rulings(findings: Findings, limits: Guards = LIMITS, *allowed: Guard) -> dict[str, str]:
    return {verdict.guard.value: verdict.ruling.value for verdict in judge(findings, limits, allowed)}


def refused(findings: Findings, limits: Guards = LIMITS, *allowed: Guard) -> list[Guard]:
    return [verdict.guard for verdict in refusals(judge(findings, limits, allowed))]


def test_every_guard_rules_in_its_order() -> None:
    assert [verdict.guard for verdict in judge(QUIET, LIMITS)] == list(Guard)
    assert set(rulings(QUIET).values()) == {"ok"}


@pytest.mark.parametrize(
    ("most", "more", "guard"),
    [
        ({"rejected": 100}, {"rejected": 101}, Guard.REJECTED),
        ({"cleared": 50}, {"cleared": 51}, Guard.CLEARED),
        ({"gone": 10}, {"gone": 11}, Guard.GONE),
        ({"changed": 500}, {"changed": 501}, Guard.UPDATED),
        ({"read": 1500}, {"read": 1501}, Guard.ROWS),
        ({"read": 500}, {"read": 499}, Guard.ROWS),
    ],
)
def test_a_threshold_itself_still_passes(most: dict[str, int], more: dict[str, int], guard: Guard) -> None:
    assert refused(replace(QUIET, **most)) == []
    assert refused(replace(QUIET, **more)) == [guard]
    assert refused(replace(QUIET, **more), LIMITS, guard) == []
    assert rulings(replace(QUIET, **more), LIMITS, guard)[guard] == "allowed"
    others = set(Guard) - {guard}
    assert refused(replace(QUIET, **more), LIMITS, *others) == [guard]


def test_only_rejected_and_empty_rule_over_a_first_run() -> None:
    first = Findings(read=10, rejected=2)
    assert refused(first) == [Guard.REJECTED]
    later = {"cleared": "later", "gone": "later", "updated": "later", "rows": "later"}
    assert rulings(first) == {"rejected": "refuse", **later, "empty": "ok"}
    assert refused(Findings(read=0, rejected=0)) == [Guard.EMPTY]


def test_an_empty_result_is_told_once_and_not_as_rows_that_vanished() -> None:
    nothing = replace(QUIET, read=0, known=0)
    assert refused(nothing) == [Guard.EMPTY]
    assert refused(nothing, Guards(empty=False)) == []


def test_who_was_gone_before_is_not_told_again() -> None:
    before = Before(1000, 300)
    assert refused(replace(QUIET, gone=300, before=before)) == []
    assert refused(replace(QUIET, gone=308, before=before)) == [Guard.GONE]  # 8 of the 700 that were there
    assert refused(replace(QUIET, gone=307, before=before)) == []
    assert refused(replace(QUIET, gone=200, before=before)) == []  # some came back


def test_a_hundred_percent_switches_a_share_off() -> None:
    everything = replace(QUIET, rejected=1000, cleared=1000, gone=1000, changed=1000)
    assert refused(everything, Guards(rejected=100, cleared=100, gone=100, updated=100)) == []


def test_a_retry_is_only_told() -> None:
    (verdict,) = tell(10, 2, LIMITS)
    assert (verdict.guard, verdict.ruling) == (Guard.REJECTED, Ruling.TOLD)
    assert [verdict.ruling for verdict in tell(10, 1, LIMITS)] == [Ruling.OK]
    assert [verdict.ruling for verdict in tell(0, 0, LIMITS)] == [Ruling.OK]


@settings(deadline=None)
@given(
    st.builds(
        Findings,
        read=COUNTS,
        rejected=COUNTS,
        known=COUNTS,
        changed=COUNTS,
        cleared=COUNTS,
        sent=COUNTS,
        gone=COUNTS,
        before=st.none() | st.builds(Before, st.integers(1, 10_000), COUNTS),
    ),
    st.frozensets(st.sampled_from(Guard)),
)
def test_allowing_changes_no_number_and_lets_exactly_the_named_pass(
    findings: Findings, allowed: frozenset[Guard]
) -> None:
    plain, eased = judge(findings, LIMITS), judge(findings, LIMITS, allowed)
    assert [replace(verdict, ruling=Ruling.OK) for verdict in plain] == [
        replace(verdict, ruling=Ruling.OK) for verdict in eased
    ]
    over = {verdict.guard for verdict in refusals(plain)}
    assert {verdict.guard for verdict in refusals(eased)} == over - allowed
    assert {verdict.guard for verdict in eased if verdict.ruling is Ruling.ALLOWED} == over & allowed
    for verdict in eased:
        assert Verdict.from_json(replace(verdict, number=None).as_json()) == replace(verdict, number=None)


@pytest.mark.parametrize(
    ("findings", "words"),
    [
        (
            replace(QUIET, rejected=1000, read=3000, before=Before(3000, 0)),
            "1,000 of 3,000 rows are rejected (33.33%, the limit is 10%)",
        ),
        (
            replace(QUIET, read=400),
            "the query has 400 rows, its last run had 1,000 (-60%, the limit is ±50%)",
        ),
        (
            replace(QUIET, read=2500),
            "the query has 2,500 rows, its last run had 1,000 (+150%, the limit is ±50%)",
        ),
        (replace(QUIET, read=0), "the query has no rows"),
        (
            replace(QUIET, gone=20),
            "20 of 1,000 customers of the query left it since the last run (2%, the limit is 1%)",
        ),
    ],
)
def test_a_refusal_gives_the_numbers(findings: Findings, words: str) -> None:
    assert [verdict.words for verdict in refusals(judge(findings, LIMITS))] == [words]
