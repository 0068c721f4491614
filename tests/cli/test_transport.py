from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from zdpipe.cli.transport import transports
from zdpipe.project.destination import Destination
from zdpipe.project.load import load_project


def test_an_embedded_simulator_keeps_its_account_in_the_state_folder(project: Path) -> None:
    loaded = load_project(project)
    loaded.paths.state.mkdir()
    (loaded.paths.state / "simulator").mkdir()
    transport = transports(loaded)(Destination(name="trial", kind="simulator"))
    with httpx.Client(transport=transport) as client:
        answer = client.get("http://any/api/v2/users/me", auth=("admin@example.com/token", "simulator"))
    assert answer.json()["user"]["role"] == "admin"
    assert (loaded.paths.state / "simulator" / "trial.sqlite").exists()


@pytest.mark.parametrize("url", ["http://127.0.0.1:8977", "http://localhost:1", "http://[::1]:8977"])
def test_loopback_is_reached_past_any_proxy(url: str, project: Path) -> None:
    with httpx.Client(
        transport=transports(load_project(project))(Destination(name="d", base_url=url))
    ) as client:
        assert isinstance(client._transport, httpx.HTTPTransport)
        assert not client._mounts


def test_zendesk_is_reached_as_httpx_does(project: Path) -> None:
    assert transports(load_project(project))(Destination(name="d", subdomain="acme")) is None
