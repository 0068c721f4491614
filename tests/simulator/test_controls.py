from __future__ import annotations

import pytest

from .world import document

FAULTS = "/simulator/faults"


def test_the_document_is_posted_and_shown_with_its_counts_without_credentials_or_cost(worlds):
    world = worlds(requests_per_minute=1)
    sent = {"seed": 7, "faults": [{"on": "any", "times": None, "answer": {"status": 503}}]}
    shown = {"seed": 7, "faults": [{**sent["faults"][0], "seen": 0, "hits": 0}]}
    posted = world.ask("POST", FAULTS, sent, headers={})
    assert (posted.status, document(posted)) == (200, shown)
    for _ in range(3):
        assert document(world.ask("GET", FAULTS, headers={})) == shown
    assert world.stats()["requests"] == 0
    assert world.ask("GET", "users").status == 503
    assert world.get(FAULTS)["faults"][0]["hits"] == 1


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b'{"faults": [{"explode": 1}]}', "explode"),
        (b'{"faults": [{"slow": "soon"}]}', "faults[0].slow"),
        (b"{", "Expecting"),
        (b"[NaN]", "Out of range"),
        (b"\xff", "utf-8"),
        (b"[" * 100_000, "recursion"),
    ],
)
def test_a_bad_document_is_refused_by_name_and_changes_nothing(world, body, named):
    world.zendesk.script([{"slow": 1}])
    refused = world.ask("POST", FAULTS, body)
    assert refused.status == 400
    assert named in document(refused)["description"]
    assert world.get(FAULTS)["faults"] == [{"slow": 1, "seen": 0, "hits": 0}]


def test_an_account_without_faults_has_none(world):
    assert world.get(FAULTS) == {"seed": 0, "faults": []}
    assert world.ask("PUT", FAULTS).status == 405
