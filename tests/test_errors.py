from __future__ import annotations

from collections.abc import Iterator

import pytest

from zdpipe import errors
from zdpipe.errors import ZdpipeError
from zdpipe.model.run import ConservationError

EXIT_CODES = {
    "ZdpipeError": 2,
    "UsageProblem": 2,
    "ProjectError": 2,
    "CredentialError": 2,
    "QueryError": 2,
    "LintError": 2,
    "StateError": 2,
    "StateLocked": 2,
    "DestinationError": 2,
    "UnfinishedError": 4,
    "Interrupted": 130,
}


def tree(root: type[ZdpipeError]) -> Iterator[type[ZdpipeError]]:
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


OURS = {kind.__name__: kind for kind in tree(ZdpipeError) if kind.__module__ == errors.__name__}


def test_every_error_has_the_exit_code_that_is_promised() -> None:
    assert {name: kind.exit_code for name, kind in OURS.items()} == EXIT_CODES


def test_rows_that_go_missing_are_a_bug_of_ours() -> None:
    assert ConservationError.exit_code == 3


@pytest.mark.parametrize("kind", OURS.values())
def test_every_error_carries_message_cure_and_code(kind: type[ZdpipeError]) -> None:
    error = kind("what happened", "what to do")
    assert (str(error), error.message, error.hint) == ("what happened", "what happened", "what to do")
    assert error.code == kind.code
    assert kind("m", code="special").code == "special"


def test_codes_tell_the_errors_apart() -> None:
    codes = [kind.code for kind in OURS.values()]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("kind", [kind for kind in OURS.values() if kind.__base__ is ZdpipeError])
def test_the_module_lists_every_branch(kind: type[ZdpipeError]) -> None:
    assert kind.__name__ in (errors.__doc__ or "")
