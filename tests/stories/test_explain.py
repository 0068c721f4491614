"""`zdpipe explain` tells each customer's way, whatever became of them."""

from __future__ import annotations

import re
import signal
import time
from typing import Any

import httpx
import pytest
from syrupy.assertion import SnapshotAssertion

from tests.stories.conftest import MakeWorld
from tests.stories.world import ADMIN, World

QUERY = "queries/users.sql"
GUARDS = "\n[guards]\nrejected = 100\ncleared = 100\ngone = 100\nupdated = 100\nrows = 100000\n"
ATTRIBUTES = """\
SELECT
  amperity_id AS amperity_id
  , name AS name
  , email
  , LOWER(phone) AS phone
  , city, state, ltv
FROM Customer_360
"""
SQL = """\
WITH placed AS (
  SELECT *, UPPER(city) AS town FROM people
)
SELECT
  amperity_id AS external_id
  , name AS name
  , email AS email
  , phone AS phone
  , placed.town AS "user_fields.city"
  , CASE WHEN state <> 'Jane Doe' THEN state END AS "user_fields.state"
  , ltv AS "user_fields.lifetime_value"
FROM placed
"""
JANE = ("J-1", "  Jane   Doe ", "Jane@Example.com", "(206) 342-8631 ext. 5", "Oslo", "Washington", 1.005)
TWICE = ("T-2", "Tim Twice", "tim@example.com", None, "Rome", None, 2.0)
SHARER = ("S-1", "Sue", "both@example.com", None, "Bonn")
LOSER = ("S-2", "Sam", "Both@example.com", None, "Bonn")
NAMELESS = ("N-3", " ", "nobody@example.com", "5555555555", "Kiel")
QUIET = ("Q-4", "Quinn", "quinn@example.com", None, "Graz")
LEAVER = ("L-5", "Lea", "lea@example.com", None, "Linz")
TAKER = ("X-6", "Xaver", "taken@example.com")


@pytest.fixture
def world(world: World) -> World:
    world.write("zdpipe.toml", (world.folder / "zdpipe.toml").read_text(encoding="utf-8") + GUARDS)
    world.write("attribute_tables/people.sql", ATTRIBUTES)
    world.write(QUERY, SQL)
    return world


def run(world: World, *rows: tuple[Any, ...]) -> str:
    world.customers(rows)
    ended = world.zdpipe("run", QUERY, "--format", "json")
    run_id: str = ended.json["run_id"]
    return run_id


class Scrubber:
    """Takes out of a text what is different every time, and leaves its lines as they were broken."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        text = re.sub(r"20\d{6}-\d{6}-[0-9a-f]{4}", self._name("run"), text)
        text = re.sub(r"V3-[0-9a-f]{32}", "V3-JOB".ljust(35, "-"), text)
        text = re.sub(r"20\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+\+00:00)?", "2026-01-02 03:04:05", text)
        text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:NNNNN", text)
        return re.sub(r"forgotten-[0-9a-f]{8}", "forgotten-01234567", text)

    def _name(self, kind: str) -> Any:
        return lambda found: self._names.setdefault(
            found[0], f"{kind.upper()}-{len(self._names) + 1}".ljust(20, "-")
        )


def test_every_end_of_a_way_is_told(world: World, snapshot: SnapshotAssertion) -> None:
    scrub = Scrubber()
    other = {"user": {"name": "Somebody Else", "email": "taken@example.com", "external_id": "else"}}
    httpx.post(f"{world.url}/api/v2/users", json=other, auth=ADMIN).raise_for_status()
    everybody = [
        JANE,
        TWICE,
        (*TWICE[:4], "Paris", None, 3.0),
        (*TWICE[:2], "second@example.com"),
        SHARER,
        LOSER,
    ]
    first = run(world, *everybody, NAMELESS, QUIET, LEAVER)

    def told(key: str, *words: str) -> str:
        before = world.stats()["requests"]
        ended = world.zdpipe("explain", key, *words)
        assert (ended.code, ended.err) == (0, "")
        assert world.stats()["requests"] == before
        return scrub(ended.out)

    assert told("j-1") == snapshot(name="created")
    assert told(" JANE@example.com ", "--show-pii") == snapshot(name="created, not masked")
    assert told("T-2") == snapshot(name="duplicate with conflicting rows")
    assert told("S-1") == snapshot(name="an address shared with another")
    assert told("s-2") == snapshot(name="an address that went to another")
    assert told("nobody@example.com") == snapshot(name="rejected")

    gone_state = (*JANE[:3], "206 342 8632", None, "Washington", 1.005)
    second = run(world, gone_state, *everybody[1:], NAMELESS, QUIET, TAKER)
    assert told("J-1") == snapshot(name="updated with a clear")
    assert told("j-1", "--run", first) == snapshot(name="an earlier run")
    assert told("X-6") == snapshot(name="refused by Zendesk")
    assert told("Q-4") == snapshot(name="unchanged")
    assert told("l-5") == snapshot(name="gone")
    assert told("x-6", "--run", first) == snapshot(name="not in that run")
    assert told("somebody@else.example") == snapshot(name="nobody")

    world.write(QUERY, SQL.replace("UPPER", "LOWER"))
    (world.folder / "attribute_tables" / "people.sql").unlink()
    assert told("Q-4") == snapshot(name="unchanged, and nothing is as it was")

    key = world.zdpipe("forget", "T-2", "--format", "json")
    assert key.json["found"]
    assert told("T-2") == snapshot(name="forgotten")
    world.write("attribute_tables/people.sql", ATTRIBUTES)
    world.write(QUERY, SQL)
    third = run(world, gone_state, SHARER, LOSER, NAMELESS, QUIET)
    assert third != second
    assert world.zdpipe("runs", "prune", "--keep", "1").code == 0
    pruned = world.zdpipe("explain", "J-1", "--run", first)
    assert (pruned.code, "There is no run" in pruned.err) == (2, True)
    assert told("J-1") == snapshot(name="after its runs were pruned")
    world.assert_no_secrets()


def test_the_document_is_one_and_masked(world: World, snapshot: SnapshotAssertion) -> None:
    run(world, JANE, SHARER, LOSER)
    masked = world.zdpipe("explain", "J-1", "--format", "json")
    assert Scrubber()(masked.out) == snapshot
    for value in ("jane", "8631", "oslo", "washington", "1.005", "j-1"):
        assert value not in masked.out.lower(), value
    shown = world.zdpipe("explain", "J-1", "--format", "json", "--show-pii").json
    (row,) = shown["rows"]
    cells = {cell["column"]: cell for cell in row["columns"]}
    assert cells["name"] == {
        "column": "name",
        "source": "  Jane   Doe ",
        "value": '"Jane Doe"',
        "normalization": ["trimmed", "blanks_folded"],
    }
    assert [remark["reason"] for remark in row["remarks"]] == ["extension_dropped"]
    assert shown["columns"]["phone"]["lines"][-1]["path"] == "attribute_tables/people.sql"
    nobody = world.zdpipe("explain", "nobody", "--format", "json").json
    assert (nobody["found"], nobody["run"], nobody["rows"]) == (False, None, [])


def test_a_run_is_told_of_while_it_goes_and_after_another_replaced_it(
    make_world: MakeWorld, snapshot: SnapshotAssertion
) -> None:
    world = make_world(users_per_second=1)
    scrub = Scrubber()
    world.customers([(f"id-{n}", f"Customer {n}", f"c{n}@example.com") for n in range(1, 9)])
    going = world.start("run", QUERY)
    try:
        deadline = time.monotonic() + 60
        while world.stats()["users_received"] == 0:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        waiting = world.zdpipe("explain", "id-8")
        assert (waiting.code, going.poll()) == (0, None)
        assert scrub(waiting.out) == snapshot(name="waiting")
    finally:
        going.send_signal(signal.SIGINT)
        going.communicate(timeout=60)
    stopped = world.zdpipe("runs", "show", "--format", "json").json["run_id"]
    world.customers([("id-8", "Customer 8", "c8@example.com")])
    later = world.zdpipe("run", QUERY, "--format", "json")
    assert later.json["counts"]["created"] == 1, later.err
    assert scrub(world.zdpipe("explain", "id-8", "--run", stopped).out) == snapshot(name="replaced")
    assert "was created" in world.zdpipe("explain", "id-8").out


def test_two_who_share_a_key_are_named_masked(world: World) -> None:
    run(world, (" AB-1 ", None, "same@example.com"), ("CD-2", None, "same@example.com"))
    for words, names in (((), ["A***", "C***"]), (("--show-pii",), ["ab-1", "cd-2"])):
        ended = world.zdpipe("explain", "same@example.com", *words)
        assert ended.code == 2
        for name in names:
            assert name.lower() in ended.err.lower()
