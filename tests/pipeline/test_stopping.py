from __future__ import annotations

import pytest

from zdpipe.errors import Interrupted, StateError
from zdpipe.pipeline.stopping import continue_with, stopped_by_person


@pytest.mark.parametrize(
    "error",
    [KeyboardInterrupt(), Interrupted("Stopped.")],
)
def test_every_kind_of_stop_gets_the_command(error: BaseException) -> None:
    with pytest.raises(Interrupted) as caught, stopped_by_person(continue_with("one")):
        raise error
    assert (caught.value.exit_code, caught.value.hint) == (130, "Continue with: zdpipe resume one")


@pytest.mark.parametrize("error", [RuntimeError("boom"), StateError("full"), ZeroDivisionError()])
def test_other_errors_pass_as_they_are(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, stopped_by_person(""):
        raise error
    assert caught.value is error
