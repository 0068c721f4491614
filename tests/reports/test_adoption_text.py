from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.reports.build import render
from zdpipe.model.adoption import Adoption
from zdpipe.model.match import Found, Unclear
from zdpipe.reports.adoption_text import adoption_text

EVERYTHING = Adoption(
    query="queries/users.sql",
    destination="production",
    read=1200,
    rejected=10,
    people=1150,
    found={Found.EXTERNAL_ID: 1000, Found.EMAIL: 100},
    unclear=dict.fromkeys(Unclear, 2),
    fields={"email": 1, "name": 30},
    requests=31,
    listed=True,
    seconds=12.5,
)
NOBODY = Adoption(query="queries/users.sql", destination="production", read=3, rejected=0, people=3)


@pytest.mark.parametrize("adoption", [EVERYTHING, NOBODY], ids=["everything", "nobody"])
def test_what_is_said(adoption: Adoption, snapshot: SnapshotAssertion) -> None:
    assert render(adoption_text(adoption), 100) == snapshot


def test_the_document(snapshot: SnapshotAssertion) -> None:
    assert EVERYTHING.as_json() == snapshot
