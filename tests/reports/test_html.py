from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from zdpipe.reports.html import page, section, table, tag


class Texts(HTMLParser):
    """Collects what a browser would show, and every tag and address."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(text: str) -> Texts:
    parser = Texts()
    parser.feed(text)
    parser.close()
    return parser


NASTY = '<script>alert("1")</script>&amp;</td>\'"'


def test_whatever_a_text_holds_stays_a_text() -> None:
    shown = read(page(NASTY, section(NASTY, table((NASTY,), [(NASTY,), (tag("b", NASTY),)]))))
    assert "script" not in shown.tags
    assert [text for text in shown.texts if text == NASTY] == [NASTY] * 5


@settings(deadline=None)
@given(st.text())
def test_any_text_is_shown_as_it_is_but_for_what_moves_the_cursor(text: str) -> None:
    shown = read(page("t", tag("p", text, class_=text)))
    assert shown.tags == {"html", "head", "meta", "title", "style", "body", "main", "p"}


def test_texts_and_elements_keep_their_order() -> None:
    assert read(page("t", tag("p", "a", tag("b", "b"), "c", "d"))).texts[-4:] == ["a", "b", "cd", "\n"]
