"""What `[source] setup` may hold is checked when zdpipe.toml is read, before anything is opened."""

from __future__ import annotations

import pytest

from zdpipe.errors import ProjectError
from zdpipe.project.load import load_project

WRITTEN_DOWN = [
    "CREATE SECRET (TYPE postgres, HOST 'db', USER 'me', PASSWORD 'pl4nted')",
    "CREATE SECRET (TYPE s3, KEY_ID 'me', SECRET 'pl4nted')",
    "create or replace secret s (type quack, token 'pl4nted')",
    "CREATE SECRET (TYPE iceberg, CLIENT_ID 'me', CLIENT_SECRET 'pl4nted')",
    "SET s3_secret_access_key = 'pl4nted'",
    "SET motherduck_token='pl4nted'",
    "ATTACH 'dbname=crm password=pl4nted' AS crm (TYPE postgres)",
    "ATTACH 'dbname=crm password = pl4nted' AS crm (TYPE postgres)",
    "ATTACH 'postgresql://me:pl4nted@db/crm' AS crm (TYPE postgres)",
    "ATTACH 'x.duckdb' AS x (ENCRYPTION_KEY 'pl4nted')",
    "ATTACH 'quack:db' AS x (TOKEN 'pl4nted')",
]
FINE = [
    "CREATE SECRET (TYPE postgres, HOST 'db', USER 'me', PASSWORD '${env:PGPASSWORD}')",
    "CREATE SECRET (TYPE s3, KEY_ID '${keyring:aws/id}', SECRET '${file:secrets/aws key}')",
    "ATTACH '' AS crm (TYPE postgres, SECRET 'crm_secret', READ_ONLY)",
    "ATTACH 'dbname=crm user=me host=db' AS crm (TYPE postgres)",
    "ATTACH 'postgresql://me@db:5432/crm' AS crm (TYPE postgres)",
    "ATTACH 'x.duckdb' AS x (READ_ONLY, ENCRYPTION_KEY '${env:KEY}')",
    "CREATE SECRET (TYPE iceberg, CLIENT_ID 'me', OAUTH2_SERVER_URI 'https://ice.example.com/v1/oauth/tokens')",
    "SET extension_directory = '${project}/extensions'",
    "CREATE VIEW v AS SELECT token, password FROM crm.people WHERE kind = 'x'",
]


def load(folder, *setup: str):
    quoted = ",\n".join(f'  "{statement}"' for statement in setup)
    (folder / "zdpipe.toml").write_text(f"[source]\nsetup = [\n{quoted}\n]\n", encoding="utf-8")
    return load_project(folder)


@pytest.mark.parametrize("statement", WRITTEN_DOWN)
def test_a_secret_that_is_written_down_is_refused_and_not_repeated(tmp_path, statement):
    with pytest.raises(ProjectError) as caught:
        load(tmp_path, "LOAD json", statement)
    assert "a reference is needed where a secret stands" in caught.value.message
    assert f"{tmp_path}/zdpipe.toml:2: " in caught.value.message
    assert "pl4nted" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("statement", FINE)
def test_references_and_statements_without_secrets_pass_as_they_are(tmp_path, statement):
    assert load(tmp_path, statement).source.setup == (statement,)


@pytest.mark.parametrize("place", ["PGPASSWORD", "env:", "env:A B", "file:", "keyring:x", "vault:x", ""])
def test_a_place_that_is_no_reference_is_refused(tmp_path, place):
    with pytest.raises(ProjectError, match=r"\$\{env:NAME\}.* is needed between"):
        load(tmp_path, f"CREATE SECRET (TYPE http, BEARER_TOKEN '${{{place}}}')")
