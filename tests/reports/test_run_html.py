from __future__ import annotations

import re
from dataclasses import replace
from importlib import resources

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.reports.dossiers import BEGUN, EMPTY, EVERY, FAILED, HUGE, QUERY, SMALL, paced, sent
from tests.reports.test_html import NASTY, read
from tests.reports.test_plan_html import body
from zdpipe.model.dossier import Dossier, SqlText
from zdpipe.model.finding import Finding, Severity, Span
from zdpipe.model.pace import Pace
from zdpipe.model.run import Outcome, Stop
from zdpipe.reports.run_html import run_html

SECRETS = ("Jane Doe", "jane@example.com", "joe.roe@example.org", "2065550134", "0b1c2d3e-aaaa", "4711")


@pytest.mark.parametrize("name", ["failed", "empty"])
def test_the_page(name: str, snapshot: SnapshotAssertion) -> None:
    assert body(run_html(EVERY[name])).replace("><", ">\n<") == snapshot


@pytest.mark.parametrize("dossier", EVERY.values(), ids=EVERY)
def test_nothing_is_fetched_from_anywhere(dossier: Dossier) -> None:
    page = run_html(dossier)
    assert not re.search(r"https?:|url\(|@import|src=|href=|<script|style=", page)
    assert "default-src 'none'" in page


def test_personal_data_is_masked_unless_asked_for() -> None:
    shown = run_html(FAILED, show_pii=True).replace("&quot;", '"')
    masked = run_html(FAILED)
    for secret in SECRETS[:-1]:
        assert secret not in masked
    for secret in ("jane@example.com", "joe.roe@example.org", "2065550134", "0b1c2d3e-aaaa"):
        assert secret in shown
    assert "Personal data is masked." in masked
    assert "Personal data is shown in clear." in shown


def test_what_an_engine_quoted_is_masked() -> None:
    stop = Stop("query", "'jane@example.com' and 12065550134 are no dates.", "Mend it.", 2)
    report = replace(SMALL.report, outcome=Outcome.FAILED, stop=stop)
    page = run_html(replace(SMALL, report=report))
    assert "'j***@e***.com' and *** are no dates." in page


def test_of_the_sql_addresses_and_numbers_are_masked_and_days_are_not() -> None:
    text = "SELECT * FROM c\nWHERE d > '2026-01-31' AND e <> 'jane@example.com' AND p <> '2065550134'"
    page = run_html(replace(SMALL, sql=(SqlText("queries/u.sql", text, ()),)))
    assert "WHERE d &gt; '2026-01-31' AND e &lt;&gt; 'j***@e***.com' AND p &lt;&gt; '***'" in page


def test_what_fits_is_there_with_its_commands() -> None:
    page = run_html(FAILED)
    run_id = FAILED.report.run_id
    assert "Why, and what to do" in page
    assert "<b>resume</b>: Go on where it stopped, with the present settings." in page
    assert f'<code class="command">zdpipe resume {run_id}</code>' in page
    assert "Why, and what to do" not in run_html(SMALL)


@pytest.mark.parametrize("field", ["query", "destination", "run_id"])
def test_names_from_outside_are_texts(field: str) -> None:
    shown = read(run_html(replace(SMALL, report=replace(SMALL.report, **{field: NASTY}))))
    assert "script" not in shown.tags
    assert any(NASTY in text for text in shown.texts)


def test_what_customers_and_zendesk_say_are_texts() -> None:
    failure = dict.fromkeys(FAILED.failures[0], NASTY) | {"payload": "{}"}
    finding = Finding(NASTY, NASTY, Severity.HINT, NASTY, NASTY, Span(1, 1, 1, 9), NASTY)
    report = replace(FAILED.report, rejections={NASTY: 1}, warnings={NASTY: 1}, failures={NASTY: 1})
    nasty = replace(
        FAILED,
        report=report,
        failures=(failure,),
        sql=(SqlText(NASTY, NASTY, (finding,)),),
        no_failures=NASTY,
    )
    assert "script" not in read(run_html(nasty, show_pii=True)).tags


def test_the_throughput_is_drawn_and_the_same_numbers_are_a_table() -> None:
    page = run_html(SMALL)
    assert "At most 100 a second, on average 100 a second while sending; the limit was 100 a second." in page
    assert page.count('role="img"') == page.count("<title id=") == page.count("<desc id=") == 2
    rows = page.split("<details>")[1].split("</details>")[0].count('<th scope="row">')
    assert rows == len(SMALL.pace.slots)
    assert '<th scope="col"' in page


def test_ten_thousand_batches_are_few_bars() -> None:
    drawn = run_html(HUGE).count('class="bar"')
    assert 20 < drawn < 80
    assert "A bar is 5 min." in run_html(HUGE)
    assert len(run_html(HUGE)) < 60_000


def test_bars_are_as_long_as_most_of_them_are() -> None:
    """A run that was stopped at once and went on for hours begins with a short one."""
    page = run_html(replace(SMALL, pace=paced(*sent(2), *sent(9_000, after=40_000))))
    assert "A bar is 5 min." in page


def test_a_run_that_sent_nobody_has_no_throughput() -> None:
    assert "Throughput" not in run_html(EMPTY)
    assert "refused by a guard" in run_html(EMPTY)


def test_a_run_of_an_older_zdpipe_has_no_limit() -> None:
    page = run_html(replace(SMALL, pace=paced(*sent(3), limit=None)))
    assert "what the limit was is not recorded." in page
    assert 'class="limit"' not in body(page)


def test_a_pause_is_left_out_and_told() -> None:
    page = run_html(FAILED)
    assert page.count("9 h 9 min later") == 2
    assert "after 9 h 9 min" in page
    many = [batch for place in range(5) for batch in sent(3, after=place * 40_000)]
    page = run_html(replace(SMALL, pace=paced(*many)))
    assert "later</text>" not in page
    assert page.count('class="pause"') == 2 * 4
    assert "2026-01-03" in page


def test_findings_stand_below_the_line_they_are_about() -> None:
    page = run_html(SMALL)
    assert 'SELECT <mark>*</mark></code><p><b class="bad">error ZD104</b> select-star: The star takes' in page
    assert "2 findings of the linter" in page
    assert "The attribute table attribute_tables/tiers.sql" in page
    assert "No finding of the linter" in page


@pytest.mark.parametrize("span", [Span(1, 1, 3, 2), Span(2, 8, 2, 8), Span(9, 1, 9, 2), Span(2, 8, 2, 99)])
def test_a_finding_anywhere_keeps_the_text_whole(span: Span) -> None:
    finding = Finding("ZD1", "n", Severity.HINT, "m", "p", span)
    page = run_html(replace(SMALL, sql=(replace(QUERY, findings=(finding,)),)), show_pii=True)
    listing = re.sub(r"<p>.*?</p>|</?mark>", "", page.split('<ol class="sql">')[1].split("</ol>")[0])
    lines = re.findall(r"<li><code>(.*?)</code>", listing)
    assert lines == [line.replace("\t", "    ") for line in QUERY.text.splitlines()]


def test_a_run_without_files_says_why_nobody_is_named() -> None:
    assert "The files of run 20260102-030405-ab12 are gone" in run_html(HUGE)


def test_all_that_is_said_can_be_read() -> None:
    """WCAG 2.2, 1.4.3: words have at least 4.5 times the light of their ground, or a part of it."""
    css = resources.files("zdpipe.reports").joinpath("page.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    for palette in (_colours(light), _colours(dark)):
        for word in ("ink", "soft", "good", "warn", "bad"):
            for ground in ("paper", "ground"):
                assert _contrast(palette[word], palette[ground]) >= 4.5, (word, ground)
        assert _contrast(palette["ink"], palette["mark"]) >= 4.5
        for drawn in ("bar", "bad", "good", "soft"):  # 1.4.11: what is drawn has three times
            assert _contrast(palette[drawn], palette["paper"]) >= 3


def _colours(rules: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+): #(\w{6})", rules))


def _contrast(one: str, other: str) -> float:
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_page_says_when_it_was_made() -> None:
    assert f"as it was at {BEGUN:%Y-%m-%d} 03:07:05 UTC" in run_html(SMALL)
    assert "Throughput" not in run_html(replace(SMALL, pace=Pace()))
