"""What accounts are like, and where two of them differ."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.delivery.unruly import Handle, Trouble
from tests.pipeline.promoting import FIELDS, TwoAccounts, two_accounts
from zdpipe.errors import CredentialError, UsageProblem
from zdpipe.model.account_facts import AccountFacts, Difference, Where, limit_differences, right_differences
from zdpipe.pipeline.survey import compare_fields, survey
from zdpipe.simulator.settings import FieldSpec

TIER = FieldSpec("tier", "Tier", "dropdown", options=("gold", "silver"))


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoAccounts]:
    with two_accounts(tmp_path / "project") as made:
        yield made


def test_equal_accounts_have_no_differences_and_nobody_is_written(two: TwoAccounts) -> None:
    found = compare_fields(two.bench, "sandbox", "production")
    assert found.differences == ()
    assert found.destinations == ("sandbox", "production")
    assert [network.writes for network in two.networks.values()] == [[], []]


def test_fields_differ_by_everything_that_decides_what_they_take(two: TwoAccounts) -> None:
    two.open(
        sandbox=(*FIELDS, TIER, FieldSpec("vip", "VIP", "checkbox", tag="vip"), FieldSpec("old", "Old")),
        production=(
            FieldSpec("city", "Town", "textarea"),
            FieldSpec("tier", "Tier", "dropdown", options=("silver", "black")),
            FieldSpec("vip", "VIP", "checkbox", tag="is_vip"),
            FieldSpec("code", "Code", "regexp", regexp="^[A-Z]+$"),
        ),
    )
    found = compare_fields(two.bench, "sandbox", "production").differences
    assert {each.key: each.where for each in found} == {
        "city": Where.BOTH,
        "code": Where.SECOND,
        "old": Where.FIRST,
        "tier": Where.BOTH,
        "vip": Where.BOTH,
    }
    facts = {each.key: each.facts for each in found}
    assert facts["city"] == (Difference("type", "text", "textarea"), Difference("title", "City", "Town"))
    assert facts["tier"] == (
        Difference("option black", None, "black"),
        Difference("option gold", "gold", None),
    )
    assert facts["vip"] == (Difference("tag", "vip", "is_vip"),)


def test_a_pattern_is_one_of_regexp_fields_alone(two: TwoAccounts) -> None:
    """Zendesk gives date fields a pattern by itself, which is no choice of the account."""
    one = FieldSpec("code", "Code", "regexp", regexp="^[A-Z]+$")
    other = FieldSpec("code", "Code", "regexp", regexp="^[a-z]+$")
    two.open(
        sandbox=(one, FieldSpec("day", "Day", "date")), production=(other, FieldSpec("day", "Day", "text"))
    )
    found = {each.key: each.facts for each in compare_fields(two.bench, "sandbox", "production").differences}
    assert found == {
        "code": (Difference("pattern", "^[A-Z]+$", "^[a-z]+$"),),
        "day": (Difference("type", "date", "text"),),
    }


def test_one_account_under_two_names_is_not_compared(two: TwoAccounts) -> None:
    text = (two.folder / "zdpipe.toml").read_text().replace("127.0.0.1:8002", "127.0.0.1:8001")
    two.write("zdpipe.toml", text)
    with pytest.raises(UsageProblem, match="same account"):
        compare_fields(two.bench, "sandbox", "production")


def test_rights_and_limits_are_told_apart(two: TwoAccounts) -> None:
    two.open(bulk_import=False, requests_per_minute=400, role="custom agent")
    one, other = (survey(two.bench, two.bench.destination(name)).facts for name in ("sandbox", "production"))
    assert right_differences(one, other) == (
        Difference("role", "admin", "agent"),
        Difference("bulk import", "let in", "refused"),
    )
    assert limit_differences(one, other) == (Difference("requests a minute", "700", "400"),)
    assert other.no_import is not None
    assert other.no_import.code == "bulk_import_off_or_role"
    assert other.no_import.hint


def test_whom_an_account_does_not_let_in_is_told_why(two: TwoAccounts) -> None:
    two.environment["TOKEN"] = "wrong"
    with pytest.raises(CredentialError) as caught:
        survey(two.bench, two.bench.destination("production"))
    assert caught.value.code == "unauthorized"


def test_jobs_at_once_are_compared_where_both_accounts_tell_them(two: TwoAccounts) -> None:
    def telling(total: int) -> Trouble:
        def answer(request: httpx.Request, handle: Handle) -> httpx.Response:
            response = handle(request)
            response.headers["zendesk-ratelimit-inflight-jobs"] = f"total={total}; remaining=1; resets=60"
            return response

        return answer

    def surveyed(name: str) -> AccountFacts:
        return survey(two.bench, two.bench.destination(name)).facts

    two.networks["sandbox"].on_write[1] = telling(30)
    first, second = surveyed("sandbox"), surveyed("production")
    assert (first.jobs_at_once, second.jobs_at_once) == (30, None)
    assert limit_differences(first, second) == ()
    two.networks["production"].on_write[2] = telling(10)
    second = surveyed("production")
    assert limit_differences(first, second) == (Difference("jobs at once", "30", "10"),)
    assert limit_differences(first, first) == ()
