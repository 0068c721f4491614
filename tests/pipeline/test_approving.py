"""A protected destination that has approvals takes approved texts, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.pipeline.promoting import PRODUCTION, TwoAccounts, two_accounts
from tests.pipeline.world import QUERY, SQL
from zdpipe.errors import ProjectError
from zdpipe.model.plan import Unapproved
from zdpipe.model.wish import Wish
from zdpipe.pipeline.approving import NotApproved, columns_of, demands_approvals
from zdpipe.pipeline.plan import plan_query
from zdpipe.pipeline.prepare import read_one_query
from zdpipe.pipeline.resume import resume_run
from zdpipe.pipeline.retry import retry_run
from zdpipe.pipeline.run import run_query

OTHER = Path("queries/other.sql")
TABLE = Path("attribute_tables/cities.sql")
TABLE_SQL = "SELECT id AS amperity_id, city AS town FROM Customer_360"
JOINED = (
    'SELECT c.id AS external_id, c.name AS name, t.town AS "user_fields.city" FROM Customer_360 AS c'
    " JOIN cities AS t ON t.amperity_id = c.id"
)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoAccounts]:
    with two_accounts(tmp_path / "project") as made:
        made.many(3)
        yield made


def send(two: TwoAccounts, query: Path = QUERY, to: str = "production", **wish: int) -> None:
    two.clock.advance(1)
    run_query(two.bench, query, Wish(**wish), to=to)


def refusal(two: TwoAccounts, query: Path = QUERY) -> NotApproved:
    before = len(two.networks["production"].writes)
    with pytest.raises(NotApproved) as caught:
        send(two, query)
    assert (caught.value.code, caught.value.exit_code) == ("not_approved", 2)
    assert len(two.networks["production"].writes) == before
    return caught.value


def demands(two: TwoAccounts, name: str = "production") -> bool:
    return demands_approvals(two.bench, two.bench.destination(name))


def test_whoever_never_promotes_is_asked_as_ever(two: TwoAccounts) -> None:
    assert not demands(two)
    send(two)
    assert two.users("production") == 3


def test_from_the_first_approval_on_a_destination_demands_them(two: TwoAccounts) -> None:
    two.promote()
    assert demands(two)
    assert not demands(two, "sandbox")
    send(two)
    assert two.users("production") == 3


def test_a_plan_tells_what_a_run_would_be_refused_for(two: TwoAccounts) -> None:
    def told(query: Path = QUERY, to: str = "production") -> Unapproved | None:
        return plan_query(two.bench, query, to=to).unapproved

    assert told() is None  # nobody promoted anything yet, so a run asks
    two.promote()
    assert told() is None
    two.write(QUERY, f"{SQL} LIMIT 1")
    changed = told()
    assert changed is not None
    assert changed.reason.endswith("since jane approved it on 2026-11-22, the query's text changed")
    assert changed.command == "zdpipe promote queries/users.sql --from sandbox --to production"
    refused = refusal(two)
    assert refused.message == f"Nothing was sent: {changed.reason}."
    assert refused.hint.endswith(changed.command)
    two.write(OTHER, SQL)
    other = told(OTHER)
    assert other is not None
    assert "nobody approved this one" in other.reason
    assert told(to="sandbox") is None
    found = two.look()  # where the approval is about to be given, that it is missing is no news
    assert found.plan is not None
    assert found.plan.unapproved is None


def test_so_does_the_account_under_another_name(two: TwoAccounts) -> None:
    two.promote()
    path = two.folder / "zdpipe.toml"
    path.write_text(path.read_text().replace("[destinations.production]", "[destinations.live]"))
    assert demands(two, "live")
    two.clock.advance(1)
    run_query(two.bench, QUERY, to="live")
    two.write(QUERY, f"{SQL} LIMIT 1")
    with pytest.raises(NotApproved):
        run_query(two.bench, QUERY, to="live")


def test_an_approval_is_for_one_account(two: TwoAccounts) -> None:
    two.promote()
    path = two.folder / "zdpipe.toml"
    path.write_text(path.read_text().replace(PRODUCTION, "http://127.0.0.1:8003"))
    assert "jane approved it on 2026-11-22 for 127.0.0.1:8002" in refusal(two).message


def test_one_that_is_not_protected_takes_everything(two: TwoAccounts) -> None:
    two.promote()
    path = two.folder / "zdpipe.toml"
    path.write_text(path.read_text().replace("protected = true", ""))
    two.write(QUERY, f"{SQL} LIMIT 1")
    send(two)
    assert two.users("production") == 1


def another_text(two: TwoAccounts) -> None:
    two.write(QUERY, f"{JOINED} -- a remark")


def another_table(two: TwoAccounts) -> None:
    two.write(
        "attribute_tables/cities.sql", "SELECT id AS amperity_id, lower(city) AS town FROM Customer_360"
    )


def another_rule(two: TwoAccounts) -> None:
    two.accounts('[fields."user_fields.city"]\nnulls = "clear"\n')


def another_region(two: TwoAccounts) -> None:
    two.accounts('[phone]\ndefault_region = "DE"\n')


def another_dialect(two: TwoAccounts) -> None:
    path = two.folder / "zdpipe.toml"
    path.write_text(path.read_text().replace("[source]", '[source]\ndialect = "postgres"'))


CHANGES = {
    another_text: "the query's text",
    another_table: "the attribute table attribute_tables/cities.sql",
    another_rule: "what zdpipe.toml says about its values",
    another_region: "what zdpipe.toml says about its values",
    another_dialect: "what zdpipe.toml says about its values",
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_needs_a_new_approval(two: TwoAccounts, change: Callable[[TwoAccounts], None]) -> None:
    two.write(TABLE, TABLE_SQL)
    two.write(QUERY, JOINED)
    two.promote()
    change(two)
    refused = refusal(two)
    assert f"since jane approved it on 2026-11-22, {CHANGES[change]} changed." in refused.message
    assert refused.hint.endswith("zdpipe promote queries/users.sql --from sandbox --to production")
    two.promote(by="joe")
    send(two)
    assert two.users("production") == 3


def same_again(two: TwoAccounts) -> None:
    two.write(QUERY, f"{SQL}\n")


def other_line_ends(two: TwoAccounts) -> None:
    (two.folder / QUERY).write_bytes((two.folder / QUERY).read_bytes().replace(b"\n", b"\r\n"))


def other_customers(two: TwoAccounts) -> None:
    two.many(5)


def another_threshold(two: TwoAccounts) -> None:
    two.accounts("[guards]\nrejected = 50\n")


def a_rule_of_others(two: TwoAccounts) -> None:
    two.accounts('[fields."user_fields.town"]\nnulls = "clear"\n')


def a_table_of_others(two: TwoAccounts) -> None:
    two.write("attribute_tables/towns.sql", "SELECT id AS amperity_id FROM Customer_360")


def another_source(two: TwoAccounts) -> None:
    (two.folder / "data.duckdb").rename(two.folder / "other.duckdb")
    path = two.folder / "zdpipe.toml"
    path.write_text(path.read_text().replace("data.duckdb", "other.duckdb"))


def a_rule_with_a_default(two: TwoAccounts) -> None:
    two.accounts("[identity]\nallow_staff = false\n")


@pytest.mark.parametrize(
    "change",
    [
        same_again,
        other_line_ends,
        other_customers,
        another_threshold,
        a_rule_of_others,
        a_table_of_others,
        a_rule_with_a_default,
        another_source,
    ],
)
def test_what_makes_no_other_query_needs_none(
    two: TwoAccounts, change: Callable[[TwoAccounts], None]
) -> None:
    two.write(QUERY, f"{SQL}\n")
    two.promote()
    change(two)
    send(two)
    assert two.users("production") >= 3


def test_every_rule_counts_where_the_text_does_not_name_the_columns(two: TwoAccounts) -> None:
    two.write(QUERY, f"SELECT * -- noqa: ZD104\nFROM ({SQL})")
    two.promote()
    a_rule_of_others(two)
    assert "what zdpipe.toml says" in refusal(two).message


def test_another_query_needs_one_of_its_own(two: TwoAccounts) -> None:
    two.promote()
    two.write(OTHER, SQL)
    refused = refusal(two, OTHER)
    assert "nobody approved this one" in refused.message
    assert refused.hint.endswith("zdpipe promote queries/other.sql --from sandbox --to production")


def test_samples_and_canaries_need_one_too(two: TwoAccounts) -> None:
    two.promote()
    two.write(QUERY, f"{SQL} LIMIT 2")
    for wish in ({"sample": 1}, {"canary": 1}):
        with pytest.raises(NotApproved):
            send(two, **wish)


def test_a_retry_sends_the_text_of_now_and_needs_its_approval(two: TwoAccounts) -> None:
    two.promote()
    two.networks["production"].refused_user = "id-1"
    two.clock.advance(1)
    failed = run_query(two.bench, QUERY, to="production")
    assert failed.counts.failed == 1
    two.networks["production"].refused_user = None
    two.write(QUERY, f"{SQL} -- mended")
    with pytest.raises(NotApproved):
        retry_run(two.bench, failed.run_id)
    two.promote()
    two.clock.advance(1)
    assert retry_run(two.bench, failed.run_id).counts.created == 1


def stopped(two: TwoAccounts) -> str:
    """Begin a run of three batches that Zendesk stops taking after the first."""
    two.many(250)
    two.clock.interrupt_at = len(two.clock.sleeps) + 2
    run = run_query(two.bench, QUERY, to="production")
    two.clock.interrupt_at = None
    assert run.finished_at is None
    assert run.counts.pending > 0
    return run.run_id


def test_a_stopped_run_goes_on_while_its_text_is_approved(two: TwoAccounts) -> None:
    two.promote()
    run_id = stopped(two)
    two.write(QUERY, f"{SQL} LIMIT 1")  # the run goes on with its own text
    assert resume_run(two.bench, run_id).counts.created == 250


def test_and_not_once_another_text_was_approved_in_its_place(two: TwoAccounts) -> None:
    two.promote()
    run_id = stopped(two)
    two.write(QUERY, f"{SQL} -- another text")
    two.promote()
    with pytest.raises(NotApproved) as caught:
        resume_run(two.bench, run_id)
    assert caught.value.hint.endswith("zdpipe run queries/users.sql --to production")
    two.clock.advance(1)
    run_query(two.bench, QUERY, to="production")
    assert two.users("production") == 250


def test_a_damaged_file_lets_nobody_pass(two: TwoAccounts) -> None:
    two.promote()
    two.write("approvals.json", "[]")
    with pytest.raises(ProjectError) as caught:
        send(two)
    assert caught.value.code == "approvals_damaged"


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT a, b AS B FROM t", {"a", "b"}),
        ("SELECT a FROM t UNION ALL SELECT c FROM u", {"a"}),
        ("SELECT * FROM t", None),
        ("SELECT upper(a) FROM t", None),
        ("SELECT", None),
    ],
)
def test_columns_are_known_where_the_text_names_them(
    two: TwoAccounts, sql: str, columns: set[str] | None
) -> None:
    two.write(QUERY, sql)
    assert columns_of(read_one_query(two.bench, QUERY)) == columns
