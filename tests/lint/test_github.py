from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from zdpipe.lint.github import workflow_commands
from zdpipe.model.finding import Finding, Severity, Span

# As the runner reads a command (actions/runner, ActionCommand.cs).
COMMAND = re.compile(r"::(?P<name>\w+) (?P<properties>.*?)::(?P<message>.*)\n")


def a_finding(**changes: object) -> Finding:
    facts = {"message": "Wrong.", "path": "queries/a.sql", "span": Span(3, 5, 3, 9), **changes}
    return Finding(code="ZD999", name="test", severity=Severity.ERROR, **facts)


def read(command: str) -> tuple[str, dict[str, str], str]:
    match = COMMAND.fullmatch(command)
    assert match
    properties = dict(pair.split("=", 1) for pair in match["properties"].split(","))
    return (
        match["name"],
        {key: _unescaped(value) for key, value in properties.items()},
        _unescaped(match["message"]),
    )


def _unescaped(text: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_a_command_names_place_and_rule() -> None:
    command = workflow_commands([a_finding()], lambda path: f"crm/{path}")
    assert command == (
        "::error file=crm/queries/a.sql,line=3,col=5,endLine=3,endColumn=9,title=ZD999 test::Wrong.\n"
    )


def test_a_place_of_several_lines_has_no_columns() -> None:
    command = workflow_commands([a_finding(span=Span(1, 8, 2, 3))], str)
    assert "line=1,endLine=2,title=" in command


def test_severities_have_their_own_commands() -> None:
    findings = [
        Finding("ZD999", "test", severity, "Wrong.", "a.sql", Span(1, 1, 1, 2)) for severity in Severity
    ]
    names = [line.split(" ")[0] for line in workflow_commands(findings, str).splitlines()]
    assert names == ["::error", "::warning", "::notice"]


@given(st.text(max_size=30), st.text(max_size=30))
def test_nothing_in_a_message_or_a_path_breaks_out_of_the_command(message: str, path: str) -> None:
    command = workflow_commands([a_finding(message=message, path=path)], str)
    if not set(message + path) & set("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"):
        assert len(command.splitlines()) == 1
    name, properties, said = read(command)
    assert (name, properties["file"], said) == ("error", path, message)
