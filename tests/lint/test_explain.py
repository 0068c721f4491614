from __future__ import annotations

from zdpipe.lint import RULES, explain, rule_list


def test_the_list_has_one_sentence_for_every_rule() -> None:
    assert [rule.code for rule in rule_list()] == list(RULES)
    assert all(rule.summary.endswith(".") for rule in rule_list())


def test_a_rule_is_explained_by_its_docstring() -> None:
    text = explain("select-star")
    assert text is not None
    assert text.startswith("# ZD104 select-star (error)\n\nA star in the result")
    assert "```sql\nSELECT * FROM Customer_360\n```" in text


def test_what_else_can_be_done_is_said_last() -> None:
    ends = {code: (explain(code) or "").splitlines()[-1] for code in ("ZD105", "ZD306", "ZD601")}
    assert ends == {
        "ZD105": "```",
        "ZD306": "Looks at queries only. `zdpipe lint --fix` mends it where that is safe.",
        "ZD601": "Takes no `-- noqa`.",
    }


def test_an_unknown_rule_has_no_documentation() -> None:
    assert explain("ZD999") is None
