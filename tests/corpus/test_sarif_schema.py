"""SARIF against the official schema, which a package of its committee ships."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import jsonschema
import pytest

from tests.cli.command import zdpipe
from tests.lint.build import ACCOUNTS, findings
from zdpipe.lint import RULES
from zdpipe.lint.explain import examples
from zdpipe.lint.sarif import sarif

pytestmark = pytest.mark.corpus

PACKAGES = Path(".venv/corpus")


@pytest.fixture(scope="module")
def validator() -> jsonschema.protocols.Validator:
    (package,) = PACKAGES.glob("microsoft-jest-sarif-*.tgz")
    with tarfile.open(package) as opened:
        (name,) = [name for name in opened.getnames() if "/sarif-2.1.0" in name and name.endswith(".json")]
        content = opened.extractfile(name)
        assert content is not None
        schema = json.load(content)
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema, format_checker=kind.FORMAT_CHECKER)


def test_the_schema_tells_right_from_wrong(validator: jsonschema.protocols.Validator) -> None:
    assert validator.is_valid({"version": "2.1.0", "runs": []})
    assert not validator.is_valid({"version": "2.1.0", "runs": [{"results": []}]})


def test_what_the_command_prints_is_valid(validator: jsonschema.protocols.Validator, project: Path) -> None:
    (project / "queries" / "é b.sql").write_bytes(b"\xef\xbb\xbfSELECT *,\r\n\t1, '\xf0\x9f\x98\x80' AS Name")
    (project / "queries" / "empty.sql").write_bytes(b"")
    (project / "queries" / "bytes.sql").write_bytes(bytes(range(256)))
    ended = zdpipe(project, "lint", "--format", "sarif")
    document = json.loads(ended.out)
    assert len(document["runs"][0]["results"]) > 4
    assert list(validator.iter_errors(document)) == []


@pytest.mark.parametrize("code", RULES)
def test_the_findings_of_every_rule_are_valid(code: str, validator: jsonschema.protocols.Validator) -> None:
    texts = examples(RULES[code], "Bad")
    found = findings(*texts, hints=True, accounts=ACCOUNTS)
    sources = {finding.path: text for finding in found for text in texts}
    document = json.loads(json.dumps(sarif(found, sources, lambda path: path, "1.2.3")))
    assert document["runs"][0]["results"]
    assert list(validator.iter_errors(document)) == []


def test_a_clean_project_is_a_valid_document_too(
    validator: jsonschema.protocols.Validator, project: Path
) -> None:
    document = json.loads(zdpipe(project, "lint", "--format", "sarif").out)
    assert document["runs"][0]["results"] == []
    assert list(validator.iter_errors(document)) == []
