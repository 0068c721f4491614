from __future__ import annotations

from syrupy.assertion import SnapshotAssertion

from tests.reports.build import render
from zdpipe.model.pruned import HELD, Held, Pruned
from zdpipe.reports.pruned_text import pruned_text


def test_everything_removed_is_said(snapshot: SnapshotAssertion) -> None:
    held = {"20260101-000000-aaaa": Held.NOT_MERGED, "20260101-000001-aaaa": Held.NOT_MERGED}
    runs = ["20260102-000000-aaaa", "20260102-000001-aaaa"]
    pruned = Pruned(100, runs, held, orphans=1, leftovers=2, logs=3, bytes_freed=12_345_678)
    assert render(pruned_text(pruned), 100) == snapshot


def test_nothing_to_remove_is_said_too(snapshot: SnapshotAssertion) -> None:
    assert render(pruned_text(Pruned(1)), 100) == snapshot


def test_every_reason_to_stay_has_its_sentence() -> None:
    assert set(HELD) == set(Held)
