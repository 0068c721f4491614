"""SARIF as the standard has it: the properties it requires, and no others than those it knows."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest

from tests.lint.build import findings
from zdpipe.lint import RULES
from zdpipe.lint.fixing import apply
from zdpipe.lint.sarif import sarif
from zdpipe.model.finding import Edit

TEXT = "SELECT amperity_id AS external_id,\r\n'😀' AS alias, full_name AS Name, 1,\n\"a\" FROM Customer_360"

# From the schema of SARIF 2.1.0 (OASIS, sarif-schema-2.1.0.json): object → its required and other properties.
SHAPES: dict[str, tuple[set[str], set[str]]] = {
    "log": ({"version", "runs"}, {"$schema"}),
    "run": ({"tool"}, {"results", "columnKind", "newlineSequences"}),
    "tool": ({"driver"}, set()),
    "driver": ({"name"}, {"version", "semanticVersion", "rules"}),
    "rule": ({"id"}, {"name", "shortDescription", "help", "defaultConfiguration"}),
    "result": ({"message"}, {"ruleId", "ruleIndex", "level", "locations", "fixes"}),
    "location": (set(), {"physicalLocation"}),
    "physicalLocation": (set(), {"artifactLocation", "region"}),
    "region": (set(), {"startLine", "startColumn", "endLine", "endColumn"}),
    "fix": ({"artifactChanges"}, set()),
    "artifactChange": ({"artifactLocation", "replacements"}, set()),
    "replacement": ({"deletedRegion"}, {"insertedContent"}),
    "message": (set(), {"text", "markdown"}),
}
LEVELS = {"error", "warning", "note"}


def document(text: str = TEXT, path: str = "queries/users.sql") -> dict[str, object]:
    made = sarif(findings(text, hints=True), {"queries/users.sql": text}, lambda _: path, "1.2.3")
    return json.loads(json.dumps(made))


def fits(kind: str, value: dict[str, object]) -> dict[str, object]:
    required, optional = SHAPES[kind]
    assert required <= set(value) <= required | optional, (kind, set(value))
    return value


def test_the_document_has_the_shape_of_the_standard() -> None:
    log = fits("log", document())
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    fits("run", run)
    assert run["columnKind"] == "unicodeCodePoints"
    driver = fits("driver", fits("tool", run["tool"])["driver"])
    for rule in driver["rules"]:
        fits("rule", rule)
        fits("message", rule["shortDescription"])
        fits("message", rule["help"])
        assert rule["defaultConfiguration"]["level"] in LEVELS
    assert [rule["id"] for rule in driver["rules"]] == list(RULES)


def test_every_result_names_its_rule_and_its_place() -> None:
    (run,) = document()["runs"]
    found = findings(TEXT, hints=True)
    assert len(run["results"]) == len(found) > 3
    for result, finding in zip(run["results"], found, strict=True):
        fits("result", result)
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == finding.code
        assert result["level"] in LEVELS
        assert fits("message", result["message"])["text"] == finding.message
        (location,) = result["locations"]
        place = fits("physicalLocation", fits("location", location)["physicalLocation"])
        region = fits("region", place["region"])
        assert (region["startLine"], region["startColumn"]) == (finding.span.line, finding.span.column)


def test_fixes_are_the_edits_by_line_and_column() -> None:
    (run,) = document()["runs"]
    fixed = [result for result in run["results"] if "fixes" in result]
    assert [result["ruleId"] for result in fixed] == ["ZD306"]
    (change,) = fits("fix", fixed[0]["fixes"][0])["artifactChanges"]
    (replacement,) = fits("artifactChange", change)["replacements"]
    region = fits("replacement", replacement)["deletedRegion"]
    start = TEXT.index("\n") + region["startColumn"]
    edit = Edit(
        start, start + region["endColumn"] - region["startColumn"], replacement["insertedContent"]["text"]
    )
    assert apply(TEXT, [edit]) == TEXT.replace("Name", "name")


@pytest.mark.parametrize("path", ["queries/a b#é.sql", "/elsewhere/a b.sql"])
def test_paths_are_uris(path: str) -> None:
    (run,) = document(path=path)["runs"]
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii()
    assert " " not in uri
    assert "#" not in uri
    assert unquote(uri).removeprefix("file://") == path
    assert uri.startswith("file:///") == path.startswith("/")
