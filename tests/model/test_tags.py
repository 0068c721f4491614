"""Our tags among those of others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdpipe.model.tags import Merged, fitting_tag, fold_tag, merge_tags, take_back_tags

TAGS = st.frozensets(st.sampled_from(["vip", "gold", "late", "here"]))


def test_ours_are_put_in_and_those_we_sent_before_go() -> None:
    merged = merge_tags({"lawsuit", "gold"}, own={"vip"}, before={"gold"}, others=())
    assert merged == Merged(("lawsuit", "vip"), ())


def test_what_others_had_before_us_stays_theirs() -> None:
    first = merge_tags({"vip", "late"}, own={"vip", "gold"}, before=(), others=())
    assert first == Merged(("gold", "late", "vip"), ("vip",))
    again = merge_tags(first.tags, own={"vip", "gold"}, before={"vip", "gold"}, others=first.others)
    assert again == first
    none = merge_tags(again.tags, own=(), before={"vip", "gold"}, others=again.others)
    assert none == Merged(("late", "vip"), ())


def test_what_others_took_away_and_we_send_again_is_ours() -> None:
    assert merge_tags((), own={"vip"}, before={"vip"}, others={"vip"}) == Merged(("vip",), ())


@given(TAGS, TAGS, TAGS, TAGS)
def test_merging_keeps_all_of_others_and_twice_is_once(
    found: frozenset[str], own: frozenset[str], before: frozenset[str], others: frozenset[str]
) -> None:
    once = merge_tags(found, own, before, others)
    assert set(once.tags) >= own | (found - before) | (found & others)
    assert not (before - own - others) & set(once.tags)
    assert merge_tags(once.tags, own, own, once.others) == once
    assert merge_tags(once.tags, own, before, others).tags == once.tags


@given(TAGS, TAGS, TAGS, TAGS, st.frozensets(st.sampled_from(["since", "then"])))
def test_what_was_merged_is_taken_back_and_others_keep_what_they_did_since(
    found: frozenset[str],
    own: frozenset[str],
    before: frozenset[str],
    others: frozenset[str],
    added: frozenset[str],
) -> None:
    merged = merge_tags(found, own, before, others)
    ours = (before - others) & found
    assert set(take_back_tags({*merged.tags, *added}, own, ours, merged.others)) == found | added
    foreign = found - own - before
    assert not foreign & set(take_back_tags(set(merged.tags) - foreign, own, ours, merged.others))


@pytest.mark.parametrize(
    ("text", "tag", "near"),
    [
        ("vip", "vip", "vip"),
        (" VIP ", "vip", "vip"),
        ("Fourth Tag", None, "fourth_tag"),
        ("a&b", None, "a_b"),
        ("50%", None, "50"),
        ("!!", None, ""),
        ("", None, ""),
        ("größe_m", "größe_m", "größe_m"),
        ("v2.0/x:y-z", "v2.0/x:y-z", "v2.0/x:y-z"),
        ("a\u200bb", None, "a_b"),
        ("日本", "日本", "日本"),
    ],
)
def test_what_zendesk_would_change_is_no_tag(text: str, tag: str | None, near: str) -> None:
    assert fold_tag(text) == tag
    assert fitting_tag(text) == near


@given(st.text(max_size=8))
def test_a_tag_that_fits_stays_as_it_is(text: str) -> None:
    for tag in (fold_tag(text), fitting_tag(text) or None):
        assert tag is None or fold_tag(tag) == tag
