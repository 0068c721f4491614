from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zdpipe.model.finding import Span
from zdpipe.model.lines import Lines, span_at

TEXTS = st.text(alphabet=st.sampled_from(["a", "é", "😀", "\t", "\n", "\r"]), max_size=20)


def test_places_count_from_one_in_code_points_and_the_end_is_exclusive() -> None:
    assert span_at("a😀b\r\nc\rd", 1, 2) == Span(1, 2, 1, 3)
    assert span_at("a😀b\r\nc\rd", 5, 8) == Span(2, 1, 3, 2)


def test_offsets_outside_the_text_are_drawn_to_its_edges() -> None:
    assert span_at("ab\n", -4, 99) == Span(1, 1, 2, 1)
    assert span_at("ab", 2, 1) == Span(1, 3, 1, 3)


@given(TEXTS, st.integers(0, 20), st.integers(0, 20))
def test_a_span_leads_back_to_the_text_it_was_made_from(text: str, start: int, end: int) -> None:
    start, end = sorted((min(start, len(text)), min(end, len(text))))
    lines = Lines(text)
    assert lines.slice(lines.span(start, end)) == text[start:end]


@given(TEXTS)
def test_the_lines_together_are_the_text_without_its_line_ends(text: str) -> None:
    lines = Lines(text)
    every = [lines.line(number) for number in range(1, len(text) + 3)]
    assert "".join(every) == text.replace("\r", "").replace("\n", "")
