"""The way into an account: credentials and the first question."""

from __future__ import annotations

import httpx
import pytest

from tests.delivery.unruly import answering
from tests.pipeline.world import World
from zdpipe.errors import CredentialError, ZdpipeError
from zdpipe.pipeline.account import explain, open_account, who_am_i
from zdpipe.zendesk.failures import Answer, NotTaken, Refused


def test_an_admin_is_let_in(world: World) -> None:
    destination = world.bench.destination(None)
    with open_account(world.bench, destination) as client:
        assert who_am_i(client, destination).role == "admin"


def test_a_missing_secret_is_told_before_anything_leaves(world: World) -> None:
    del world.environment["TOKEN"]
    with (
        pytest.raises(CredentialError, match="TOKEN"),
        open_account(world.bench, world.bench.destination(None)),
    ):
        pytest.fail("opened without a secret")
    assert world.stats["requests"] == 0


@pytest.mark.parametrize(
    ("user", "code"),
    [({"id": None, "role": "end-user", "email": None}, "anonymous"), ({"id": 7, "role": "end-user"}, "role")],
)
def test_who_may_not_manage_users_is_told_why(world: World, user: dict[str, object], code: str) -> None:
    destination = world.bench.destination(None)
    answer = answering(200, {"user": user})
    world.network.handle_request = lambda request: answer(request, httpx.Response)
    with open_account(world.bench, destination) as client, pytest.raises(CredentialError) as caught:
        who_am_i(client, destination)
    assert caught.value.code == code
    assert caught.value.hint


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (Refused("no", Answer(401, "no")), "unauthorized"),
        (Refused("no", Answer(403, "no")), "forbidden"),
        (Refused("no", Answer(404, "no")), "not_found"),
        (Refused("no", Answer(400, "no")), "unreachable"),
        (NotTaken("no"), "unreachable"),
    ],
)
def test_every_refusal_has_its_cause_and_a_cure(world: World, failure: NotTaken | Refused, code: str) -> None:
    error: ZdpipeError = explain(failure, world.bench.destination(None))
    assert (error.code, error.exit_code) == (code, 2)
    assert error.hint
