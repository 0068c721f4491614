"""The rules one by one, and what a workspace tells besides."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.changes.rows import Known, Outcome, Row, resolve, write_known
from zdpipe.changes.totals import Totals
from zdpipe.changes.workspace import Wanted, Workspace
from zdpipe.clock import SystemClock
from zdpipe.errors import StateError, StateLocked
from zdpipe.model.resources import Resources

ANN, BOB = {"name": "Ann"}, {"name": "Bob"}


def keys(sent: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return [(key, sending) for key, sending, _ in sent]


def test_rows_whose_ids_differ_in_case_are_one_person(tmp_path: Path) -> None:
    outcome = resolve(tmp_path, [Row("ABC1", None, ANN), Row("abc1", None, ANN)])
    assert outcome.sent == [("abc1", "create", '{"external_id":"ABC1","name":"Ann"}')]
    assert outcome.totals == Totals(duplicate=1, unchanged=0, created=1, updated=0)
    assert outcome.remarks == []


def test_a_row_without_id_joins_the_person_who_claims_its_email(tmp_path: Path) -> None:
    outcome = resolve(tmp_path, [Row(None, "a@x.org", ANN), Row("z9", "a@x.org", ANN)])
    assert keys(outcome.sent) == [("z9", "create")]
    assert outcome.totals.duplicate == 1


def test_a_row_without_id_joins_the_known_person_who_owns_its_email(tmp_path: Path) -> None:
    known = {"z9": Known("Z9", "a@x.org", frozenset({"a@x.org", "b@x.org"}), ANN)}
    file = write_known(tmp_path / "known.duckdb", known)
    outcome = resolve(tmp_path, [Row(None, "b@x.org", BOB)], known=file)
    assert outcome.sent == [("z9", "update", '{"email":"b@x.org","name":"Bob"}')]


def test_two_ids_never_merge_and_a_shared_email_goes_to_the_smallest(tmp_path: Path) -> None:
    outcome = resolve(tmp_path, [Row("b2", "a@x.org", BOB), Row("a1", "a@x.org", ANN)])
    assert outcome.sent == [
        ("b2", "create", '{"external_id":"b2","name":"Bob"}'),
        ("a1", "create", '{"email":"a@x.org","external_id":"a1","name":"Ann"}'),
    ]
    assert outcome.warnings.rows() == [(0, "b2", "email_shared", "email", "a@x.org")]


def test_a_shared_email_stays_with_the_one_known_to_own_it(tmp_path: Path) -> None:
    file = write_known(tmp_path / "known.duckdb", {"b2": Known("b2", "a@x.org", frozenset({"a@x.org"}), BOB)})
    outcome = resolve(tmp_path, [Row("b2", "a@x.org", BOB), Row("a1", "a@x.org", ANN)], known=file)
    assert outcome.sent == [("a1", "create", '{"external_id":"a1","name":"Ann"}')]
    assert outcome.remarks == [(1, "a1", "email_shared", "email")]


def test_an_email_of_a_known_customer_outside_the_query_is_nobody_elses(tmp_path: Path) -> None:
    file = write_known(tmp_path / "known.duckdb", {"z9": Known("z9", "a@x.org", frozenset({"a@x.org"}), BOB)})
    outcome = resolve(tmp_path, [Row("a1", "a@x.org", ANN)], known=file)
    assert outcome.sent == [("a1", "create", '{"external_id":"a1","name":"Ann"}')]


def test_a_person_known_by_email_alone_becomes_whoever_claims_it(tmp_path: Path) -> None:
    known = {"a@x.org": Known(None, "a@x.org", frozenset({"a@x.org"}), ANN)}
    file = write_known(tmp_path / "known.duckdb", known, [("q", "a@x.org")])
    outcome = resolve(tmp_path, [Row("a1", "a@x.org", ANN)], known=file)
    assert outcome.sent == [("a1", "update", '{"email":"a@x.org","external_id":"a1","name":"Ann"}')]
    assert outcome.gone == 0
    # The address that is known leads, because by it alone Zendesk finds the user.
    outcome = resolve(tmp_path, [Row("a1", "a@x.org", BOB), Row("a1", "b@x.org", ANN)], known=file)
    assert keys(outcome.sent) == [("a1", "update"), ("a1", "email")]


def test_of_two_people_known_by_email_alone_one_becomes_whoever_claims_both(tmp_path: Path) -> None:
    known = {email: Known(None, email, frozenset({email}), ANN) for email in ("a@x.org", "b@x.org")}
    file = write_known(tmp_path / "known.duckdb", known)
    outcome = resolve(tmp_path, [Row("a1", email, ANN) for email in known], known=file)
    assert keys(outcome.sent) == [("a1", "update"), ("a1", "email")]


def test_a_person_with_an_id_who_is_known_inherits_nothing(tmp_path: Path) -> None:
    known = {
        "a1": Known("a1", None, frozenset(), ANN),
        "a@x.org": Known(None, "a@x.org", frozenset({"a@x.org"}), ANN),
    }
    file = write_known(tmp_path / "known.duckdb", known)
    outcome = resolve(tmp_path, [Row("a1", "a@x.org", ANN)], known=file)
    assert keys(outcome.sent) == [("a1", "update")]


def test_further_emails_follow_one_by_one_with_name_and_id_only(tmp_path: Path) -> None:
    values = {"name": "Ann", "phone": "+15551234567"}
    rows = [Row("A1", f"{letter}@x.org", values) for letter in "cba"]
    outcome = resolve(tmp_path, rows, fields=("name", "phone"), size=10)
    assert outcome.sent[0][1] == "create"
    assert outcome.sent[1:] == [
        ("a1", "email", '{"email":"b@x.org","external_id":"A1","name":"Ann"}'),
        ("a1", "email", '{"email":"c@x.org","external_id":"A1","name":"Ann"}'),
    ]
    assert [(batch.number, batch.users, batch.after) for batch in outcome.batches] == [
        (1, 1, 0),
        (2, 1, 1),
        (3, 1, 2),
    ]
    assert outcome.totals == Totals(duplicate=0, unchanged=0, created=1, updated=2)


def test_the_row_with_the_known_primary_email_leads(tmp_path: Path) -> None:
    known = {"a1": Known("a1", "b@x.org", frozenset({"a@x.org", "b@x.org"}), ANN)}
    file = write_known(tmp_path / "known.duckdb", known)
    rows = [Row("a1", "a@x.org", BOB), Row("a1", "b@x.org", ANN)]
    outcome = resolve(tmp_path, rows, known=file)
    assert outcome.sent == []
    assert outcome.totals == Totals(duplicate=0, unchanged=2, created=0, updated=0)
    assert outcome.remarks == [(0, "a1", "conflicting_rows", "name")]


def test_an_id_that_reads_like_the_email_of_a_row_takes_that_email(tmp_path: Path) -> None:
    outcome = resolve(tmp_path, [Row("b@x.org", "a@x.org", ANN), Row(None, "b@x.org", ANN)])
    assert outcome.sent == [
        ("b@x.org", "create", '{"email":"a@x.org","external_id":"b@x.org","name":"Ann"}'),
        ("b@x.org", "email", '{"email":"b@x.org","external_id":"b@x.org","name":"Ann"}'),
    ]


def test_a_null_is_left_out_and_makes_no_difference(tmp_path: Path) -> None:
    known = {"a1": Known("A1", None, frozenset(), {"name": "Ann", "phone": "+1"})}
    file = write_known(tmp_path / "known.duckdb", known)
    outcome = resolve(
        tmp_path, [Row("a1", None, {"name": "Ann", "phone": None})], fields=("name", "phone"), known=file
    )
    assert outcome.totals.unchanged == 1
    assert outcome.changed == {"external_id": 0, "name": 0, "phone": 0}


def test_a_field_never_acknowledged_is_a_change(tmp_path: Path) -> None:
    file = write_known(tmp_path / "known.duckdb", {"a1": Known("a1", None, frozenset(), ANN)})
    row = Row("a1", None, {"name": "Ann", "user_fields.city": "Ulm"})
    outcome = resolve(tmp_path, [row], fields=("name", "user_fields.city"), known=file)
    assert outcome.sent == [
        ("a1", "update", '{"external_id":"a1","name":"Ann","user_fields":{"city":"Ulm"}}')
    ]
    assert outcome.changed == {"external_id": 0, "name": 0, "user_fields.city": 1}


def test_payloads_are_compact_sorted_and_ask_for_no_mail(tmp_path: Path) -> None:
    fields = ("verified", "user_fields.b", "user_fields.a", "name", "locale")
    values = {
        "verified": True,
        "user_fields.b": 'quo"te',
        "user_fields.a": None,
        "name": "Zoë\u2028\n",
        "locale": "de",
    }
    outcome = resolve(tmp_path, [Row('i"\\\x01', "a@x.org", values)], fields=fields, skip_verify_email=True)
    (payload,) = outcome.payloads
    assert list(json.loads(payload)) == [
        "email",
        "external_id",
        "locale",
        "name",
        "skip_verify_email",
        "user_fields",
        "verified",
    ]
    assert json.loads(payload) == {
        "email": "a@x.org",
        "external_id": 'i"\\\x01',
        "locale": "de",
        "name": "Zoë\u2028\n",
        "skip_verify_email": True,
        "user_fields": {"b": 'quo"te'},
        "verified": True,
    }
    assert ": " not in payload


def test_a_column_of_the_query_decides_about_mail_itself(tmp_path: Path) -> None:
    fields = ("name", "skip_verify_email")
    rows = [
        Row("a1", None, ANN | {"skip_verify_email": False}),
        Row("b2", None, ANN | {"skip_verify_email": None}),
    ]
    outcome = resolve(tmp_path, rows, fields=fields, skip_verify_email=True)
    assert outcome.payloads == [
        '{"external_id":"a1","name":"Ann","skip_verify_email":false}',
        '{"external_id":"b2","name":"Ann"}',
    ]


def test_full_sends_what_is_known_again(tmp_path: Path) -> None:
    known = {"a1": Known("a1", "a@x.org", frozenset({"a@x.org", "b@x.org"}), ANN)}
    file = write_known(tmp_path / "known.duckdb", known)
    rows = [Row("a1", "a@x.org", ANN), Row("a1", "b@x.org", ANN)]
    outcome = resolve(tmp_path, rows, known=file, full=True)
    assert keys(outcome.sent) == [("a1", "update"), ("a1", "email")]
    assert outcome.changed == {"email": 0, "external_id": 0, "name": 0}


def test_people_of_the_query_that_no_row_mentions_are_gone(tmp_path: Path) -> None:
    known = {
        "a1": Known("a1", None, frozenset(), ANN),
        "b2": Known("b2", "b@x.org", frozenset({"b@x.org"}), ANN),
        "c3": Known("c3", None, frozenset(), ANN),
        "d4": Known("d4", None, frozenset(), ANN),
        "e5": Known("e5", None, frozenset(), ANN),
    }
    queries = [("q", "a1"), ("q", "b2"), ("q", "c3"), ("q", "d4"), ("other", "e5")]
    file = write_known(tmp_path / "known.duckdb", known, queries)
    rows = [Row("A1", None, ANN), Row(None, "b@x.org", ANN)]
    assert resolve(tmp_path, rows, known=file, rejected=["c3"]).gone == 1


def test_examples_show_people_before_and_after(tmp_path: Path) -> None:
    file = write_known(tmp_path / "known.duckdb", {"b2": Known("B2", "b@x.org", frozenset({"b@x.org"}), BOB)})
    rows = [Row("a1", "a@x.org", ANN), Row("b2", "b@x.org", ANN)]
    shown = [
        (one.key, one.sending, one.before, one.after) for one in resolve(tmp_path, rows, known=file).examples
    ]
    assert shown == [
        (
            "b2",
            "update",
            {"email": '"b@x.org"', "external_id": '"B2"', "name": '"Bob"'},
            {"email": '"b@x.org"', "external_id": '"b2"', "name": '"Ann"'},
        ),
        ("a1", "create", None, {"email": '"a@x.org"', "external_id": '"a1"', "name": '"Ann"'}),
    ]


def test_many_addresses_of_one_person_take_one_batch_each(tmp_path: Path) -> None:
    rows = [Row("n/a", f"{number:04}@x.org", ANN) for number in range(500)]
    outcome = resolve(tmp_path, rows)
    assert [batch.users for batch in outcome.batches] == [1] * 500
    assert [batch.after for batch in outcome.batches] == list(range(500))


def test_an_empty_query_has_an_empty_outbox(tmp_path: Path) -> None:
    outcome = resolve(tmp_path, [])
    assert outcome.batches == []
    assert outcome.payloads == []
    assert outcome.items.is_empty()
    assert "value:name" in outcome.items.columns


def test_the_outbox_is_private_sorted_and_whole_or_absent(tmp_path: Path) -> None:
    resolve(tmp_path, [Row(f"k{number:05}", None, ANN) for number in range(25_000)])
    path = tmp_path / "outbox.parquet"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(file.name for file in tmp_path.glob("*")) == ["outbox.parquet"]
    frame = pl.read_parquet(path)
    assert frame.select("batch", "position").rows() == [(n // 100 + 1, n % 100) for n in range(25_000)]
    with duckdb.connect() as connection:
        groups = connection.execute(
            "SELECT DISTINCT row_group_num_rows FROM parquet_metadata(?)", [str(path)]
        ).fetchall()
    assert max(rows for (rows,) in groups) <= 10_240


def test_the_limit_of_payloads_takes_the_first(tmp_path: Path) -> None:
    resources = Resources("200MB", tmp_path / "tmp")
    with Workspace.open(
        tmp_path / "work.duckdb", Wanted(["name"], False), resources, known=None, clock=SystemClock()
    ) as workspace:
        assert stat.S_IMODE((tmp_path / "work.duckdb").stat().st_mode) == 0o600
        for low in range(0, 5000, 1000):
            identity = [f"k{number}" for number in range(low, low + 1000)]
            frame = pl.DataFrame({"row": range(low, low + 1000), "key": identity, "external_id": identity})
            nothing = pl.lit(None, pl.String)
            workspace.stage(frame.with_columns(email=nothing, unread=nothing, name=pl.lit('"Ann"')))
        workspace.compare()
        workspace.order()
        assert list(workspace.payloads(100, 2)) == [
            '{"external_id":"k0","name":"Ann"}',
            '{"external_id":"k1","name":"Ann"}',
        ]
        started = workspace.payloads(100)
        assert next(started) == '{"external_id":"k0","name":"Ann"}'
        started.close()
        assert workspace.totals().created == 5000
    assert list(tmp_path.glob("work*")) == []


def test_damaged_known_users_are_named_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "known.duckdb").write_bytes(b"not a database" * 400)
    with pytest.raises(StateError, match=r"known\.duckdb") as caught:
        resolve(tmp_path, [], known=tmp_path / "known.duckdb")
    assert "move it away" in caught.value.hint
    assert not (tmp_path / "work.duckdb").exists()


class HurriedClock(SystemClock):
    """Sleeping takes no time but moves the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.slept = 0.0

    def monotonic(self) -> float:
        return self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def test_a_writer_that_never_ends_is_an_error_after_a_minute(tmp_path: Path) -> None:
    file = write_known(tmp_path / "known.duckdb", {})
    clock = HurriedClock()
    resources = Resources("200MB", tmp_path / "tmp")
    with duckdb.connect(file), pytest.raises(StateLocked, match="written to"):
        Workspace.open(tmp_path / "work.duckdb", Wanted(["name"]), resources, known=file, clock=clock)
    assert clock.slept == pytest.approx(60, abs=1)


def test_many_readers_share_the_known_users(tmp_path: Path) -> None:
    file = write_known(tmp_path / "known.duckdb", {"a1": Known("a1", None, frozenset(), ANN)})
    before = file.read_bytes()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        assert resolve(tmp_path / name, [Row("a1", None, ANN)], known=file).totals.unchanged == 1
    assert file.read_bytes() == before


def rows_sent(outcome: Outcome) -> list[tuple[int, str]]:
    return list(outcome.items.select("row", "sending").iter_rows())


def test_of_several_rows_with_one_further_email_the_smallest_payload_stands_for_it(tmp_path: Path) -> None:
    rows = [Row("a1", "a@x.org", ANN), Row("a1", "b@x.org", {"name": "Cid"}), Row("a1", "b@x.org", BOB)]
    outcome = resolve(tmp_path, rows)
    assert rows_sent(outcome) == [(0, "create"), (2, "email")]
    assert outcome.totals.duplicate == 1


def test_a_row_with_id_stands_for_a_known_further_email_before_one_without(tmp_path: Path) -> None:
    fields, named = ("name", "alias"), {"name": "Ann", "alias": None}
    known = {"a1": Known("a1", "a@x.org", frozenset({"a@x.org", "b@x.org"}), ANN)}
    file = write_known(tmp_path / "known.duckdb", known)
    rows = [
        Row(None, "b@x.org", named | {"alias": "al"}),
        Row("a1", "a@x.org", named),
        Row("a1", "b@x.org", named),
    ]
    outcome = resolve(tmp_path, rows, fields=fields, known=file)
    assert outcome.totals == Totals(duplicate=1, unchanged=2, created=0, updated=0)
    assert outcome.remarks == [(0, "a1", "conflicting_rows", "alias")]


def test_a_person_known_by_email_alone_is_told_the_id_that_equals_it(tmp_path: Path) -> None:
    known = {"a@x.org": Known(None, "a@x.org", frozenset({"a@x.org"}), ANN)}
    file = write_known(tmp_path / "known.duckdb", known)
    outcome = resolve(tmp_path, [Row("A@x.org", "a@x.org", ANN)], known=file)
    assert keys(outcome.sent) == [("a@x.org", "update")]
    assert outcome.changed == {"email": 0, "external_id": 1, "name": 0}


def test_an_email_that_only_somebody_else_is_known_to_have_is_a_change(tmp_path: Path) -> None:
    known = {
        "a@x.org": Known(None, "a@x.org", frozenset({"a@x.org"}), ANN),
        "b2": Known("b2", "b@x.org", frozenset({"b@x.org"}), ANN),
    }
    file = write_known(tmp_path / "known.duckdb", known)
    outcome = resolve(tmp_path, [Row("b2", "a@x.org", ANN)], known=file)
    assert keys(outcome.sent) == [("b2", "update")]
    assert outcome.changed == {"email": 1, "external_id": 0, "name": 0}


def test_an_address_is_never_added_to_a_row_without_id(tmp_path: Path) -> None:
    known = {"a@x.org": Known("A@x.org", "b@x.org", frozenset({"b@x.org"}), ANN)}
    file = write_known(tmp_path / "known.duckdb", known)
    outcome = resolve(tmp_path, [Row(None, "a@x.org", ANN), Row(None, "b@x.org", ANN)], known=file)
    assert outcome.sent == []
    assert outcome.totals == Totals(duplicate=1, unchanged=1, created=0, updated=0)


def test_further_addresses_go_in_the_order_of_the_wave_before(tmp_path: Path) -> None:
    rows = [
        Row("p1", "a@x.org", ANN),
        Row("p2", "b@x.org", ANN),
        Row("p2", "z@x.org", ANN),
        Row("p1", "y@x.org", ANN),
    ]
    outcome = resolve(tmp_path, rows, size=1)
    assert keys(outcome.sent) == [("p1", "create"), ("p2", "create"), ("p1", "email"), ("p2", "email")]
    assert [batch.after for batch in outcome.batches] == [0, 0, 1, 2]


def test_a_new_address_of_somebody_unchanged_waits_for_nothing(tmp_path: Path) -> None:
    file = write_known(tmp_path / "known.duckdb", {"a1": Known("a1", "a@x.org", frozenset({"a@x.org"}), ANN)})
    rows = [Row("a1", "a@x.org", ANN), Row("a1", "b@x.org", ANN), Row("a1", "c@x.org", ANN)]
    outcome = resolve(tmp_path, rows, known=file)
    assert rows_sent(outcome) == [(1, "email"), (2, "email")]
    assert [batch.after for batch in outcome.batches] == [0, 1]
    assert outcome.items["previous_batch"].to_list() == [None, 1]
    assert outcome.changed == {"email": 1, "external_id": 0, "name": 0}


def test_a_row_that_is_just_as_known_by_its_address_joins_the_owner_with_an_id(tmp_path: Path) -> None:
    known = {
        "a@x.org": Known(None, "a@x.org", frozenset({"a@x.org"}), ANN),
        "z9": Known("z9", "b@x.org", frozenset({"a@x.org", "b@x.org"}), ANN),
    }
    file = write_known(tmp_path / "known.duckdb", known)
    outcome = resolve(tmp_path, [Row(None, "a@x.org", ANN), Row("z9", "b@x.org", ANN)], known=file)
    assert outcome.totals == Totals(duplicate=1, unchanged=1, created=0, updated=0)
    assert outcome.sent == []


def test_the_staged_rows_lie_in_a_private_file_that_leaves_with_the_workspace(tmp_path: Path) -> None:
    rows = tmp_path / "work.duckdb.rows"
    resources = Resources("200MB", tmp_path / "tmp", 2)
    with Workspace.open(
        tmp_path / "work.duckdb", Wanted(("name",)), resources, known=None, clock=SystemClock()
    ):
        assert stat.S_IMODE(rows.stat().st_mode) == 0o600
    assert not rows.exists()
