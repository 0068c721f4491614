"""A run that somebody else is to look at: one page, for its owner to hand on."""

from __future__ import annotations

import stat

from tests.reports.test_html import read
from tests.stories.world import World


def test_a_page_of_a_run_with_failures(world: World) -> None:
    world.write(
        "queries/users.sql",
        "SELECT amperity_id AS external_id, name AS name, email AS email,"
        ' city AS "user_fields.birthdate" FROM Customer_360 LIMIT 4\n',
    )
    world.customers(
        [
            ("id-1", "Jane Doe", "jane@example.com", None, "1990-01-01"),
            ("id-2", "Joe Roe", "joe@example.com", None, "at Easter"),
            ("id-3", None, "nobody@example.com", None, None),
        ]
    )
    assert world.zdpipe("run", "queries/users.sql", "--allow", "rejected").code == 1
    page = world.folder / "run.html"
    ended = world.zdpipe("runs", "show", "--format", "html", "--out", str(page))
    assert (ended.code, stat.S_IMODE(page.stat().st_mode)) == (0, 0o600)
    assert "is done, but not everybody arrived" in ended.out
    assert "The report of run" in ended.err
    text = page.read_text(encoding="utf-8")
    said = " ".join(read(text).texts)
    for words in ("Throughput", "name_missing", "limit-without-order", "is not a date of the form", "Guards"):
        assert words in said
    for secret in ("jane@example.com", "joe@example.com", "Joe Roe"):
        assert secret not in text
    shown = world.zdpipe("runs", "show", "--format", "html", "--show-pii").out
    assert "at Easter" in shown
    assert "id-2" in shown


def test_any_format_goes_into_a_file(world: World) -> None:
    world.customers([("id-1", "Jane Doe", "jane@example.com")])
    world.zdpipe("run", "queries/users.sql")
    written = world.folder / "run.json"
    ended = world.zdpipe("runs", "show", "--format", "json", "--out", str(written))
    assert written.read_text(encoding="utf-8") == ended.out
    text = world.folder / "run.txt"
    assert world.zdpipe("runs", "show", "--out", str(text)).code == 0
    assert "created        1  new in Zendesk" in text.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_is_told(world: World) -> None:
    world.customers([("id-1", "Jane Doe", "jane@example.com")])
    world.zdpipe("run", "queries/users.sql")
    ended = world.zdpipe("runs", "show", "--format", "html", "--out", "nowhere/run.html")
    assert ended.code == 2
    assert "nowhere/run.html cannot be written" in ended.err
