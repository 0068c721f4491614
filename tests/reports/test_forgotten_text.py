from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.reports.build import render
from zdpipe.model.forgotten import Erased, Forgotten
from zdpipe.reports.forgotten_text import forgotten_json, forgotten_text

RUNS = ["20260101-000000-aaaa", "20260102-000000-aaaa"]
ID = 32149000000017
EVERYTHING = Forgotten(
    found=True,
    erased=Erased(known=4, sent=3, left_out=1, mentions=2, logs=1),
    runs=RUNS,
    zendesk=[("acme.zendesk.com", ID)],
    completed=True,
    simulators=["simulator.sqlite"],
)
SIMULATED = Forgotten(found=True, simulated=1)
SIMULATED = Forgotten(found=True, simulated=1)
LITTLE = Forgotten(found=True, erased=Erased(left_out=1), runs=RUNS[:1])
KINDS = ("everything", "little", "simulated", "nobody")
NOBODY = Forgotten(found=False)
EMAIL = "jane.doe@example.com"


@pytest.mark.parametrize("forgotten", [EVERYTHING, LITTLE, SIMULATED, NOBODY], ids=KINDS)
def test_what_is_said(forgotten: Forgotten, snapshot: SnapshotAssertion) -> None:
    assert render(forgotten_text(forgotten, EMAIL, show_pii=False), 110) == snapshot


def test_the_document(snapshot: SnapshotAssertion) -> None:
    assert forgotten_json(EVERYTHING, EMAIL, show_pii=False) == snapshot


def test_neither_key_nor_id_is_shown_unless_asked() -> None:
    for show_pii in (False, True):
        text = render(forgotten_text(EVERYTHING, EMAIL, show_pii=show_pii), 110)
        document = str(forgotten_json(EVERYTHING, EMAIL, show_pii=show_pii))
        for shown in (text, document):
            assert (EMAIL in shown, str(ID) in shown) == (show_pii, show_pii)


def test_a_key_commands_no_terminal() -> None:
    assert "\x1b" not in render(forgotten_text(NOBODY, "a\x1b[31mb", show_pii=True), 110)
