"""Fields that a null empties, and fields that stay."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from tests.changes.rows import GONE, Known, Outcome, Row, frame, resolve, write_known
from zdpipe.changes.answers import ANSWERS
from zdpipe.changes.workspace import Wanted, Workspace
from zdpipe.clock import SystemClock
from zdpipe.model.answer import Said
from zdpipe.model.fields import Kind
from zdpipe.model.policy import FieldPolicy, Nulls, SendOn, policy_of
from zdpipe.model.resources import Resources

FIELDS = ("name", "phone", "user_fields.city", "moderator")
OWN = {
    name: policy_of(name, kind)
    for name, kind in zip(FIELDS, (Kind.NAME, Kind.PHONE, Kind.TEXT, Kind.BOOLEAN), strict=True)
}
ANN = {"name": "Ann", "phone": "+12065550134", "user_fields.city": "Ulm", "moderator": True}


def a_row(key: str, unread: str | None = None, **values: object) -> Row:
    named = {name.replace("_city", "user_fields.city"): value for name, value in values.items()}
    return Row(key, None, dict.fromkeys(FIELDS) | {"name": "Ann"} | named, unread)


def run(
    folder: Path,
    rows: list[Row],
    known: Mapping[str, object] = ANN,
    policies: Mapping[str, FieldPolicy] = OWN,
    answers: pl.DataFrame | None = None,
) -> Outcome:
    users = {row.key: Known(row.external_id, None, frozenset(), known) for row in rows}
    file = write_known(folder / "known.duckdb", users)
    return resolve(folder, rows, fields=FIELDS, known=file, policies=policies, answers=answers)


def test_nulls_empty_what_was_sent_each_field_in_its_own_way(tmp_path: Path) -> None:
    outcome = run(tmp_path, [a_row("a")])
    assert outcome.sent == [
        (
            "a",
            "update",
            '{"external_id":"a","moderator":false,"name":"Ann","phone":"","user_fields":{"city":null}}',
        )
    ]
    assert outcome.changed == {
        "external_id": 0, "moderator": 1, "name": 0, "phone": 1, "user_fields.city": 1,
    }  # fmt: skip
    (item,) = outcome.items.to_dicts()
    assert (item["value:phone"], item["value:user_fields.city"], item["value:name"]) == (
        "null", "null", '"Ann"',
    )  # fmt: skip


def test_what_was_emptied_once_is_not_emptied_again(tmp_path: Path) -> None:
    gone = ANN | {"phone": GONE, "user_fields.city": GONE, "moderator": GONE}
    assert run(tmp_path, [a_row("a")], gone).totals.unchanged == 1
    again = run(tmp_path, [a_row("a", phone="+12065550134")], gone)
    assert again.sent == [("a", "update", '{"external_id":"a","name":"Ann","phone":"+12065550134"}')]


def test_what_was_never_sent_and_what_nobody_could_read_stays(tmp_path: Path) -> None:
    assert run(tmp_path, [a_row("a")], {"name": "Ann"}).totals.unchanged == 1
    lost = a_row("a", ",phone,,moderator,", _city="Ulm")
    assert run(tmp_path, [lost]).totals.unchanged == 1


def test_a_policy_may_leave_nulls_out_or_empty_whatever_is_there(tmp_path: Path) -> None:
    omit = dict.fromkeys(FIELDS, FieldPolicy(Nulls.OMIT))
    assert run(tmp_path, [a_row("a")], policies=omit).totals.unchanged == 1
    clear = {"user_fields.city": FieldPolicy(Nulls.CLEAR)}
    payload = '{"external_id":"a","name":"Ann","user_fields":{"city":null}}'
    assert run(tmp_path, [a_row("a")], {"name": "Ann"}, clear).sent == [("a", "update", payload)]
    everybody_new = resolve(tmp_path, [a_row("a")], fields=FIELDS, policies=clear)
    assert everybody_new.sent == [("a", "create", payload)]


def test_a_field_for_new_users_alone_never_makes_a_change(tmp_path: Path) -> None:
    policies = OWN | {"phone": FieldPolicy(send_on=SendOn.CREATE)}
    rows = [a_row("a", phone="+15005550006", _city="Ulm", moderator=True)]
    assert run(tmp_path, rows, policies=policies).totals.unchanged == 1
    new = resolve(tmp_path, rows, fields=FIELDS, policies=policies)
    assert '"phone":"+15005550006"' in new.payloads[0]
    moved = run(tmp_path, [a_row("a", phone="+15005550006", _city="Bonn", moderator=True)], policies=policies)
    assert "phone" not in moved.payloads[0]


def test_a_field_for_known_users_alone_is_not_sent_with_new_ones(tmp_path: Path) -> None:
    policies = {"phone": FieldPolicy(Nulls.OMIT, SendOn.UPDATE)}
    rows = [a_row("a", phone="+15005550006")]
    assert resolve(tmp_path, rows, fields=FIELDS, policies=policies).payloads == [
        '{"external_id":"a","name":"Ann"}'
    ]
    assert '"phone":"+15005550006"' in run(tmp_path, rows, {"name": "Ann"}, policies).payloads[0]


def test_a_further_address_goes_with_the_name_whoever_else_gets_it(tmp_path: Path) -> None:
    policies = {"name": FieldPolicy(send_on=SendOn.CREATE)}
    rows = [Row("a", f"{letter}@x.org", {"name": "Ann", "phone": "+15005550006"}) for letter in "pq"]
    sent = resolve(tmp_path, rows, fields=FIELDS, policies=policies).sent
    assert sent[1] == ("a", "email", '{"email":"q@x.org","external_id":"a","name":"Ann"}')


def keep(*fields: str, row: int = 0) -> pl.DataFrame:
    return pl.DataFrame(
        [(row, "a", field, Said.CHANGED, '"by others"', None) for field in fields],
        schema=ANSWERS,
        orient="row",
    )


def test_fields_to_be_kept_are_not_emptied_and_warned_about(tmp_path: Path) -> None:
    outcome = run(tmp_path, [a_row("a")], answers=keep("phone", "moderator"))
    assert outcome.sent == [("a", "update", '{"external_id":"a","name":"Ann","user_fields":{"city":null}}')]
    assert outcome.warnings.rows() == [
        (0, "a", "clear_skipped", "phone", '"by others"'),
        (0, "a", "clear_skipped", "moderator", '"by others"'),
    ]
    assert outcome.changed["phone"] == 0


def test_who_has_nothing_left_to_send_is_unchanged(tmp_path: Path) -> None:
    rows = [a_row("a"), a_row("b", _city="Bonn", moderator=True)]
    outcome = run(tmp_path, rows, answers=keep("phone", "moderator", "user_fields.city"))
    assert (outcome.totals.unchanged, outcome.totals.updated) == (1, 1)
    assert [key for key, *_ in outcome.sent] == ["b"]


def test_everybody_is_asked_about_once_with_all_their_fields(tmp_path: Path) -> None:
    rows = [a_row(f"k{number}") for number in range(5)]
    known = write_known(
        tmp_path / "known.duckdb", {row.key: Known(row.external_id, None, frozenset(), ANN) for row in rows}
    )
    wanted = Wanted(FIELDS, policies=OWN)
    resources = Resources("200MB", tmp_path / "tmp")
    with Workspace.open(
        tmp_path / "work.duckdb", wanted, resources, known=known, clock=SystemClock()
    ) as workspace:
        workspace.stage(frame(rows, FIELDS))
        workspace.compare()
        people, to_ask = list(workspace.asked()), workspace.to_ask()
        workspace.order()
        assert workspace.cleared() == 5
    assert [person.key for person in people] == [f"k{number}" for number in range(5)]
    assert (to_ask.people, to_ask.by_id, to_ask.by_email) == (5, 5, 0)
    first = people[0]
    assert (first.row, first.zendesk_id, first.external_id, first.may_be_new) == (0, 7, "k0", False)
    assert [(question.field, question.known) for question in first.questions] == [
        ("moderator", "true"),
        ("phone", '"+12065550134"'),
        ("user_fields.city", '"Ulm"'),
    ]
