from __future__ import annotations

import httpx
import pytest

from zdpipe.simulator.settings import Settings
from zdpipe.simulator.transport import embedded

AUTH = ("admin@example.com/token", "simulator")


def test_an_httpx_client_speaks_to_the_account_without_a_socket():
    with httpx.Client(transport=embedded(), base_url="https://acme.zendesk.com/api/v2", auth=AUTH) as client:
        sent = client.post(
            "/users/create_or_update", json={"user": {"name": "Zoë", "email": "zoe@example.com"}}
        )
        assert sent.status_code == 201
        assert sent.json()["user"]["name"] == "Zoë"
        found = client.get("/users/search", params={"query": 'email:"zoe@example.com"'}).json()
        assert found["users"][0]["url"].startswith("https://acme.zendesk.com/api/v2/users/")
        assert client.get("https://acme.zendesk.com/simulator/stats").json()["requests"] == 2


def test_a_head_has_no_body():
    with httpx.Client(transport=embedded(), base_url="https://acme.zendesk.com") as client:
        answer = client.head("/api/v2/users/me")
        assert (answer.status_code, answer.content) == (200, b"")


def client_of(*faults, **settings):
    transport = embedded(Settings(**settings), faults=list(faults))
    return httpx.Client(transport=transport, base_url="https://acme.zendesk.com/api/v2", auth=AUTH)


def test_a_bad_faults_document_opens_nothing():
    with pytest.raises(ValueError, match="explode"):
        embedded(faults=[{"explode": 1}])


def test_a_reset_is_a_read_error():
    with client_of({"on": "me", "reset": "after"}) as client:
        with pytest.raises(httpx.ReadError):
            client.get("/users/me")
        assert client.get("/users/me").status_code == 200


def test_a_slow_answer_times_out_or_comes_at_once():
    fault = {"on": "single", "times": None, "slow": 30}
    sent = {"user": {"name": "Ann", "external_id": "A"}}
    with client_of(fault) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post("/users/create_or_update", json=sent, timeout=5)
        found = client.get("/users/search", params={"external_id": "A"}).json()
        assert found["count"] == 1  # it was done all the same
        for patience in (httpx.Timeout(5, read=30), None):
            assert client.delete("/users/7", timeout=patience).status_code in (404, 405)


def test_a_cut_body_begins_and_breaks_off():
    with client_of({"on": "me", "cut": 20, "times": 2}) as client:
        with client.stream("GET", "/users/me") as answer:
            assert int(answer.headers["content-length"]) > 20
            parts = answer.iter_bytes()
            assert len(next(parts)) == 20
            with pytest.raises(httpx.RemoteProtocolError, match="received 20 bytes"):
                next(parts)
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/users/me")
        assert client.get("/users/me").status_code == 200


def test_a_cut_beyond_the_end_still_costs_the_last_byte():
    with client_of({"on": "me", "cut": 10**6}) as client, pytest.raises(httpx.RemoteProtocolError):
        client.get("/users/me")


def test_an_empty_body_cannot_be_cut():
    with client_of({"on": "me", "cut": 0}) as client:
        assert client.head("/users/me").status_code == 200
