"""Ordinary clients, written against Zendesk's documentation and not against this simulator."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from zdpipe.simulator.server import serve
from zdpipe.simulator.settings import Settings

QUICK = Settings(job_seconds=0.1, requests_per_minute=10**6)


def until_done(show: Callable[[], Any]) -> Any:
    return next(job for job in (show() for _ in itertools.count()) if job in ("completed", "failed"))


def test_a_client_with_oauth_sends_polls_and_corrects_an_address():
    grant = {
        "grant_type": "client_credentials",
        "client_id": "zdpipe",
        "client_secret": "simulator-secret",
        "scope": "read write",
        "expires_in": 3600,
    }
    with serve(QUICK) as server, httpx.Client(base_url=server.url, timeout=10) as client:
        token = client.post("/oauth/tokens", json=grant).raise_for_status().json()
        assert (token["scope"], token["expires_in"]) == ("read write", 3600)
        client.headers["Authorization"] = f"Bearer {token['access_token']}"
        assert client.get("/api/v2/users/me.json").json()["user"]["id"] is not None
        keys = {field["key"] for field in client.get("/api/v2/user_fields.json").json()["user_fields"]}
        assert "city" in keys

        people = [
            {"name": f"P{n}", "external_id": f"x{n}", "email": f"p{n}@example.com", "skip_verify_email": True}
            for n in range(3)
        ]
        sent = client.post("/api/v2/users/create_or_update_many.json", json={"users": people})
        job = sent.raise_for_status().json()["job_status"]
        ids = {"ids": job["id"]}

        def polled() -> Any:
            return client.get("/api/v2/job_statuses/show_many.json", params=ids).json()["job_statuses"][0]

        assert until_done(lambda: polled()["status"]) == "completed"
        results = polled()["results"]
        assert [result["external_id"] for result in results] == ["x0", "x1", "x2"]

        user = f"/api/v2/users/{results[0]['id']}"
        new = {"identity": {"type": "email", "value": "zoe@example.com", "skip_verify_email": True}}
        made = client.post(f"{user}/identities.json", json=new).raise_for_status().json()["identity"]
        client.put(f"{user}/identities/{made['id']}/make_primary.json").raise_for_status()
        assert client.get(f"{user}.json").json()["user"]["email"] == "zoe@example.com"
        found = client.get("/api/v2/users/search.json", params={"query": "email:zoe@example.com"}).json()
        assert [hit["external_id"] for hit in found["users"]] == ["x0"]


@pytest.mark.filterwarnings("ignore")
def test_zenpy_works_unchanged():
    import zenpy
    from requests import Session
    from requests.adapters import HTTPAdapter
    from zenpy.lib.api_objects import Identity, User
    from zenpy.lib.exception import APIException, RecordNotFoundException

    class Rerouted(HTTPAdapter):
        """zenpy speaks to https://SUBDOMAIN.zendesk.com alone."""

        def send(self, request, **more):
            sent = request.copy()
            sent.url = request.url.replace("https://acme.zendesk.com", server.url)
            response = super().send(sent, **more)
            response.request = request
            return response

    with serve(QUICK) as server, Session() as session:
        session.trust_env = False
        session.mount("https://", Rerouted())
        client = zenpy.Zenpy(subdomain="acme", email="admin@example.com", token="simulator", session=session)
        assert client.users.me().role == "admin"
        people = [User(name=f"P{n}", external_id=f"x{n}", email=f"p{n}@example.com") for n in range(3)]
        job = client.users.create_or_update(people)
        assert until_done(lambda: client.job_status(id=job.id).status) == "completed"
        assert len(client.job_status(id=job.id).results) == 3

        assert [user.name for user in client.users.search(query="email:p1@example.com")] == ["P1"]
        (user,) = client.users.search(external_id="x2")
        user.name = "Changed"
        assert client.users.update(user).name == "Changed"
        second = client.users.identities.create(user, Identity(type="email", value="new@example.com"))
        assert len(list(client.users.identities.make_primary(user, second))) == 2
        found = client.users.search(query="email:new@example.com")  # a look-up by id comes from its cache
        assert [hit.email for hit in found] == ["new@example.com"]
        with pytest.raises(APIException, match="RecordInvalid"):
            client.users.create(User(name="Other", email="p1@example.com"))
        client.users.delete(user)
        assert list(client.users.search(external_id="x2")) == []
        with pytest.raises(RecordNotFoundException):
            client.job_status(id="V3-0")
