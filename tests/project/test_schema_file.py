import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from zdpipe.errors import ProjectError
from zdpipe.model.schema import AccountSchema, SourceSchema, UserField
from zdpipe.project.schema_file import (
    read_account,
    read_accounts,
    read_schema,
    schema_path,
    write_account,
    write_schema,
)

SCHEMA = SourceSchema({"b": {"z": "VARCHAR", "a": "DECIMAL(10,2)"}, "Käufer": {}, "A": {"x": "UUID"}})


def test_what_was_written_is_read_back_in_a_reviewable_text(tmp_path, snapshot):
    assert read_schema(tmp_path) is None
    assert write_schema(tmp_path, SCHEMA) is True
    assert read_schema(tmp_path).tables == SCHEMA.tables
    assert schema_path(tmp_path).read_text(encoding="utf-8") == snapshot
    assert [path.name for path in tmp_path.iterdir()] == ["schema.json"]


def test_an_account_is_known_under_any_destination_by_what_was_last_read(tmp_path):
    old, new = (AccountSchema("acme", datetime(2026, month, 1, tzinfo=UTC), {}) for month in (1, 2))
    newest = replace(new, fields={"city": UserField("city", "text", "City")})
    write_account(tmp_path, "later", newest)
    write_account(tmp_path, "first", old)
    write_account(tmp_path, "other", replace(new, account="elsewhere"))
    assert read_account(tmp_path, "acme") == newest
    assert read_account(tmp_path, "nowhere") is None


def test_it_is_rewritten_only_when_the_source_differs(tmp_path):
    write_schema(tmp_path, SCHEMA)
    before = schema_path(tmp_path).stat()
    again = SourceSchema(dict(reversed(SCHEMA.tables.items())))
    assert write_schema(tmp_path, again) is False
    assert schema_path(tmp_path).stat() == before
    assert write_schema(tmp_path, SourceSchema({"b": {"a": "DECIMAL(10,2)", "z": "VARCHAR"}})) is True


def test_other_parts_of_the_file_are_kept(tmp_path):
    schema_path(tmp_path).write_text('{"format": 1, "other": {"acme": ["city"]}}', encoding="utf-8")
    assert read_schema(tmp_path) is None
    write_schema(tmp_path, SCHEMA)
    assert json.loads(schema_path(tmp_path).read_text(encoding="utf-8"))["other"] == {"acme": ["city"]}


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"format": 2}',
        '{"source": {"tables": {}}}',
        '{"format": 1, "source": {"tables": []}}',
        '{"format": 1, "source": {"tables": {"a": ["b"]}}}',
        '{"format": 1, "source": {}}',
        '{"format": 1, "source": 3}',
    ],
)
def test_a_damaged_file_is_an_error_that_tells_how_to_renew_it(tmp_path, text):
    schema_path(tmp_path).write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        read_schema(tmp_path)
    assert "zdpipe schema" in caught.value.hint


ACCOUNT = AccountSchema(
    "acme.zendesk.com",
    datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
    {
        "city": UserField("city", "text", "City"),
        "tier": UserField("tier", "dropdown", "Tier", active=False, options={"gold": "Gold card"}),
    },
)


def test_accounts_are_read_back_in_a_reviewable_text(tmp_path, snapshot):
    assert read_accounts(tmp_path) == {}
    write_schema(tmp_path, SourceSchema({"a": {"x": "UUID"}}))
    assert write_account(tmp_path, "production", ACCOUNT) is True
    assert read_accounts(tmp_path) == {"production": ACCOUNT}
    assert schema_path(tmp_path).read_text(encoding="utf-8") == snapshot


def test_an_account_is_rewritten_only_when_its_fields_differ(tmp_path):
    write_account(tmp_path, "production", ACCOUNT)
    assert write_account(tmp_path, "production", replace(ACCOUNT, read_at=datetime.now(UTC))) is False
    assert read_accounts(tmp_path)["production"].read_at == ACCOUNT.read_at
    assert write_account(tmp_path, "sandbox", ACCOUNT) is True
    assert write_account(tmp_path, "production", replace(ACCOUNT, fields={})) is True
    assert read_accounts(tmp_path).keys() == {"production", "sandbox"}


@pytest.mark.parametrize("accounts", ["[]", "[1]", '{"p": 1}', '{"p": {"account": "a"}}'])
def test_damaged_accounts_are_an_error_too(tmp_path, accounts):
    schema_path(tmp_path).write_text(f'{{"format": 1, "accounts": {accounts}}}', encoding="utf-8")
    with pytest.raises(ProjectError):
        read_accounts(tmp_path)
