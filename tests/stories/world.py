"""A project on disk, a simulated Zendesk on a real socket, and the real `zdpipe` command."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import httpx

from zdpipe.simulator.settings import Settings

# Planted: nothing that zdpipe prints or writes may hold one of them.
API_TOKEN = "pl4nted-api-token"
CLIENT_SECRET = "pl4nted-client-secret"
ACCESS_TOKEN = "pl4nted-access-token"
ADMIN = ("admin@example.com/token", API_TOKEN)
_BASIC = b64encode(":".join(ADMIN).encode()).decode()
_PLANTED = re.compile("|".join(map(re.escape, ("pl4nted", _BASIC))).encode())
SIMULATOR_TOML = """
[source]
database = "data/customers.duckdb"

[destinations.zendesk]
base_url = "{url}"
auth = "token"
email = "env:ZENDESK_EMAIL"
api_token = "env:ZENDESK_API_TOKEN"
users_per_second = {users_per_second}

[defaults]
destination = "zendesk"
"""

EVERYTHING = """
SELECT amperity_id AS external_id, name AS name, email AS email, phone AS phone,
  city AS "user_fields.city", state AS "user_fields.state", ltv AS "user_fields.lifetime_value"
FROM Customer_360
"""
COLUMNS = (
    "amperity_id VARCHAR, name VARCHAR, email VARCHAR, phone VARCHAR, city VARCHAR, state VARCHAR, ltv DOUBLE"
)


def planted(settings: Settings) -> Settings:
    """Let an account take the planted secrets, which every world signs in with."""
    return replace(settings, token=API_TOKEN, client_secret=CLIENT_SECRET)


@dataclass(frozen=True)
class Ended:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class World:
    """One project and the account it sends to."""

    folder: Path
    url: str
    users_per_second: int = 5000
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        home = self.folder.parent / "home"
        home.mkdir(exist_ok=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_STATE_HOME": str(home / "state"),
            "ZENDESK_EMAIL": "admin@example.com",
            "ZENDESK_API_TOKEN": API_TOKEN,
            "ZENDESK_CLIENT_ID": "zdpipe",
            "ZENDESK_CLIENT_SECRET": CLIENT_SECRET,
            "COLUMNS": "100",
        } | {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
        self.folder.mkdir(exist_ok=True)
        self.write("zdpipe.toml", SIMULATOR_TOML.format(url=self.url, users_per_second=self.users_per_second))
        self.write("queries/users.sql", EVERYTHING)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def customers(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Replace the source table; missing trailing columns are null."""
        path = self.folder / "data" / "customers.duckdb"
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        width = COLUMNS.count(",") + 1
        with closing(duckdb.connect(path)) as connection:
            connection.execute(f"CREATE TABLE Customer_360 ({COLUMNS})")
            marks = ", ".join("?" * width)
            full = [tuple(row) + (None,) * (width - len(row)) for row in rows]
            if full:
                connection.executemany(f"INSERT INTO Customer_360 VALUES ({marks})", full)

    def many_customers(self, count: int, city: str = "Oslo") -> None:
        """Replace the source table by that many valid customers."""
        path = self.folder / "data" / "customers.duckdb"
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        with closing(duckdb.connect(path)) as connection:
            connection.execute(f"CREATE TABLE Customer_360 ({COLUMNS})")
            connection.execute(
                "INSERT INTO Customer_360 SELECT 'id-' || i, 'Customer ' || i, 'c' || i || '@example.com',"
                f" NULL, '{city}', 'WA', i / 7 FROM range(1, {count} + 1) AS r(i)"
            )

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "zdpipe", *words]

    def zdpipe(
        self, *words: str, env: Mapping[str, str] | None = None, stdin: str = "", timeout: float = 120
    ) -> Ended:
        done = subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=self.environment | dict(env or {}),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert_secretless(done.stdout + done.stderr)
        return Ended(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*words),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def assert_no_secrets(self) -> None:
        """Look for planted secrets in every file of the project and of the home directory."""
        for folder in (self.folder, self.folder.parent / "home"):
            found = [path for path in folder.rglob("*") if path.is_file() and _holds_a_secret(path)]
            assert not found, f"a secret was written into {found}"

    def stats(self) -> dict[str, Any]:
        stats: dict[str, Any] = httpx.get(f"{self.url}/simulator/stats").json()
        return stats

    def users(self) -> dict[str, dict[str, Any]]:
        """Read every end user back over HTTP, by lower-cased external_id, else email."""
        found = {}
        with httpx.Client(base_url=f"{self.url}/api/v2", auth=ADMIN) as http:
            parameters = {"page[size]": "100", "role": "end-user"}
            while True:
                page = http.get("/users", params=parameters).raise_for_status().json()
                for user in page["users"]:
                    key = (user["external_id"] or user["email"]).lower()
                    assert key not in found, f"two users are {key}"
                    found[key] = user
                if not page["meta"]["has_more"]:
                    return found
                parameters["page[after]"] = page["meta"]["after_cursor"]

    def addresses(self, user: Mapping[str, Any]) -> set[str]:
        """Read all email identities of a user."""
        answer = httpx.get(f"{self.url}/api/v2/users/{user['id']}/identities", auth=ADMIN).raise_for_status()
        return {entry["value"] for entry in answer.json()["identities"] if entry["type"] == "email"}


def _holds_a_secret(path: Path) -> bool:
    return bool(_PLANTED.search(path.read_bytes())) or any(map(_PLANTED.search, values_in(path)))


def values_in(path: Path) -> Iterator[bytes]:
    """Yield the rows of a file that compresses its values; damaged ones were looked into as bytes."""
    with suppress(duckdb.Error), closing(duckdb.connect()) as connection:
        if path.suffix == ".parquet":
            tables = [f"read_parquet('{path}')"]
        elif path.suffix == ".duckdb":
            connection.execute(f"ATTACH '{path}' AS looked_into (READ_ONLY)")
            named = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'looked_into'"
            tables = [f'looked_into."{name}"' for (name,) in connection.execute(named).fetchall()]
        else:
            tables = []
        for table in tables:
            for (row,) in connection.execute(f"SELECT CAST(t AS VARCHAR) FROM {table} AS t").fetchall():
                yield row.encode()


def assert_secretless(text: str) -> None:
    """Look for planted secrets in what a command printed."""
    assert not _PLANTED.search(text.encode()), "a secret was printed"


def kill(process: subprocess.Popen[str]) -> None:
    """End a process as a power cut would."""
    process.send_signal(signal.SIGKILL)
    process.communicate()


def assert_conserved(counts: Mapping[str, int]) -> None:
    """The law of conservation, over rows."""
    rest = {name: rows for name, rows in counts.items() if name != "read"}
    assert counts["read"] == sum(rest.values()), counts
