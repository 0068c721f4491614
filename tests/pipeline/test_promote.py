"""From the account where a query was tried to the one where it runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.promoting import TwoAccounts, two_accounts
from tests.pipeline.world import QUERY, SQL
from zdpipe.errors import UsageProblem
from zdpipe.model.guard import Guard
from zdpipe.model.promotion import Promotion
from zdpipe.pipeline.promote import approve, examine_promotion
from zdpipe.project.approvals_file import read_approvals
from zdpipe.simulator.settings import FieldSpec


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoAccounts]:
    with two_accounts(tmp_path / "project") as made:
        made.many(3)
        yield made


def codes(promotion: Promotion, *, stops: bool = True) -> list[str]:
    return [each.code for each in promotion.obstacles if each.stops is stops]


def test_alike_accounts_and_a_tried_query_leave_nothing_to_say(two: TwoAccounts) -> None:
    two.run()
    found = two.look()
    assert (found.fields, found.rights, found.limits, found.obstacles) == ((), (), (), ())
    assert found.plan is not None
    assert found.plan.counts.created == 3
    assert found.tried is not None
    assert found.tried.counts.created == 3
    assert found.sent == frozenset({"city"})


def test_looking_sends_nothing_and_approves_nothing(two: TwoAccounts) -> None:
    two.look()
    assert [users for network in two.networks.values() for users in network.writes if users] == []
    assert read_approvals(two.folder) == ()


def test_an_approval_says_what_for_whom_by_whom_and_when(two: TwoAccounts) -> None:
    two.clock.advance(60)
    promotion = two.promote(by="jane")
    (approval,) = read_approvals(two.folder)
    assert approval == promotion.approval
    assert (approval.query, approval.destination, approval.source) == (
        "queries/users.sql",
        "production",
        "sandbox",
    )
    assert (approval.account, approval.by) == ("127.0.0.1:8002", "jane")
    assert approval.at.replace(microsecond=0) == two.clock.now().replace(microsecond=0)
    assert approval.made_of == promotion.made_of


def test_a_new_approval_takes_the_place_of_the_one_before(two: TwoAccounts) -> None:
    two.promote(by="jane")
    two.write(QUERY, f"{SQL} WHERE id <> '1'")
    again = two.promote(by="joe")
    assert again.before is not None
    assert again.before.by == "jane"
    assert [each.by for each in read_approvals(two.folder)] == ["joe"]


def test_a_field_that_production_lacks_stands_in_the_way(two: TwoAccounts) -> None:
    two.open(production=())
    found = two.look()
    assert codes(found) == ["missing_field"]
    assert [finding.code for finding in found.findings] == ["ZD701"]
    assert not found.may_be_approved


def test_a_field_that_is_of_another_type_there_is_said_and_planned_with(two: TwoAccounts) -> None:
    two.open(production=(FieldSpec("city", "City", "dropdown", options=("oslo",)),))
    two.customers([("1", "Ann", "a@example.com", "Oslo"), ("2", "Bo", "b@example.com", "Rome")])
    found = two.look()
    assert [(each.key, [fact.name for fact in each.facts]) for each in found.fields] == [
        ("city", ["type", "option oslo"])
    ]
    assert found.plan is not None
    assert found.plan.warnings == {"invalid_option": 1, "option_label": 1}


def test_a_draft_is_not_approved_and_planned_all_the_same(two: TwoAccounts) -> None:
    two.write(QUERY, f"-- zdpipe: draft=yes\n{SQL}")
    found = two.look()
    assert codes(found) == ["draft"]
    assert found.plan is not None
    assert "take draft=yes out of its header" in found.obstacles[0].hint
    two.write(QUERY, SQL)
    assert two.look().may_be_approved


def test_imports_that_are_off_stand_in_the_way_with_their_cure(two: TwoAccounts) -> None:
    two.open(bulk_import=False)
    (obstacle,) = [each for each in two.look().obstacles if each.stops]
    assert obstacle.code == "bulk_import_off"
    assert "Zendesk Support" in obstacle.hint


def test_what_the_linter_refuses_is_not_planned(two: TwoAccounts) -> None:
    two.write(QUERY, "SELECT id AS external_id FROM Customer_360")
    found = two.look()
    assert found.plan is None
    assert codes(found)
    assert set(codes(found)) == {"lint"}


def test_a_guard_that_would_refuse_stands_in_the_way_unless_it_is_allowed(two: TwoAccounts) -> None:
    two.customers([("1", None, "a@example.com", "Oslo"), ("2", "Bo", "b@example.com", "Rome")])
    assert codes(two.look()) == ["guard_rejected"]
    assert two.look(allow={Guard.REJECTED}).may_be_approved


def test_addresses_of_others_are_something_to_think_about(two: TwoAccounts) -> None:
    for name in two.networks:
        two.create_user(name, {"name": "Other", "external_id": "other", "email": "c1@example.com"})
    found = two.look()
    assert codes(found, stops=False) == ["email_taken", "not_tried"]
    assert found.may_be_approved


def test_the_test_audience_counts_where_it_failed(two: TwoAccounts) -> None:
    two.networks["sandbox"].refused_user = "id-1"
    two.run()
    assert codes(two.look(), stops=False) == ["trial_failed"]
    two.write(QUERY, f"{SQL} -- another text")
    assert codes(two.look(), stops=False) == ["not_tried"]


def test_the_queries_that_have_none_are_named(two: TwoAccounts) -> None:
    two.write("queries/more/other.sql", SQL)
    two.write("queries/third.sql", SQL)
    assert two.look().unapproved == ("queries/more/other.sql", "queries/third.sql")
    two.promote(Path("queries/third.sql"))
    assert two.look().unapproved == ("queries/more/other.sql",)


def test_a_query_that_changes_meanwhile_is_not_approved(two: TwoAccounts) -> None:
    promotion = two.look()
    two.write(QUERY, f"{SQL} LIMIT 1")
    with pytest.raises(UsageProblem) as caught:
        approve(two.bench, promotion, "jane")
    assert caught.value.code == "changed_meanwhile"
    assert read_approvals(two.folder) == ()


def test_a_query_outside_of_the_project_cannot_be_promoted(two: TwoAccounts, tmp_path: Path) -> None:
    outside = tmp_path / "outside.sql"
    outside.write_text(SQL)
    with pytest.raises(UsageProblem) as caught:
        examine_promotion(two.bench, outside, "sandbox", "production")
    assert caught.value.code == "outside_project"


def test_the_accounts_fields_are_kept_for_linter_and_runs(two: TwoAccounts) -> None:
    two.look()
    accounts = json.loads((two.folder / "schema.json").read_text())["accounts"]
    assert list(accounts) == ["production"]
