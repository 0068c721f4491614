from __future__ import annotations

import httpx

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
