from __future__ import annotations

from pathlib import Path

import pytest

from zdpipe.errors import StateError
from zdpipe.model.staff import Member, Staff
from zdpipe.state.staff import forget_staff, names_staff, recall_staff, remember_staff

BOSS = Member("Boss-1", frozenset({"boss@example.com", "b@example.com"}))
AGENT = Member(None, frozenset({"agent@example.com"}))


def test_staff_are_recalled_as_they_were_written_down(tmp_path: Path) -> None:
    path = tmp_path / "acme.staff.json"
    assert recall_staff(path) == Staff()
    remember_staff(path, Staff((BOSS, AGENT)))
    found = recall_staff(path)
    assert found.members == (BOSS, AGENT)
    assert found.external_ids == {"Boss-1"}
    assert found.emails == {"boss@example.com", "b@example.com", "agent@example.com"}


@pytest.mark.parametrize("text", ["boss-1", "b@example.com"])
def test_a_member_goes_whole_whichever_way_they_are_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "acme.staff.json"
    remember_staff(path, Staff((BOSS, AGENT)))
    assert names_staff(path, {text})
    assert forget_staff(path, {text})
    assert recall_staff(path) == Staff((AGENT,))
    assert not forget_staff(path, {text})


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"members": [{"external_id": 7, "emails": []}]}', '{"members": [{"emails": ["a"]}]}', "{}"],
)
def test_a_damaged_file_is_told_with_the_cure(tmp_path: Path, content: str) -> None:
    path = tmp_path / "acme.staff.json"
    path.write_text(content)
    with pytest.raises(StateError, match=r"acme\.staff\.json cannot be read") as caught:
        recall_staff(path)
    assert "Delete it" in caught.value.hint
