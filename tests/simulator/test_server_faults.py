from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from zdpipe.simulator.server import serve
from zdpipe.simulator.shapes import BadFaults

AUTH = ("admin@example.com/token", "simulator")
REQUEST = b"GET /api/v2/users/me HTTP/1.1\r\nHost: x\r\n\r\n"


def test_a_served_document_is_loaded_and_can_be_replaced():
    with serve(faults=[{"on": "me", "answer": {"status": 503}}]) as server:
        assert httpx.get(f"{server.url}/api/v2/users/me").status_code == 503
        shown = httpx.get(f"{server.url}/simulator/faults").json()
        assert shown["faults"][0]["hits"] == 1
        sent = {"seed": 1, "faults": [{"on": "me", "answer": {"status": 502}}]}
        assert httpx.post(f"{server.url}/simulator/faults", json=sent).status_code == 200
        assert httpx.get(f"{server.url}/api/v2/users/me").status_code == 502
        server.zendesk.script({"faults": []})
        assert httpx.get(f"{server.url}/api/v2/users/me").status_code == 200


def test_a_bad_document_is_not_served():
    with pytest.raises(BadFaults), serve(faults={"faults": 7}):
        pass


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_reset_reaches_the_socket(when):
    with serve(faults=[{"on": "me", "reset": when}]) as server:
        with socket.create_connection(("127.0.0.1", server.port), 5) as client:
            client.sendall(REQUEST)
            with pytest.raises(ConnectionResetError):
                client.recv(100)
        with httpx.Client(base_url=server.url) as again:
            assert again.get("/api/v2/users/me").status_code == 200


def test_a_cut_body_promises_more_than_comes(capfd):
    with serve(faults=[{"on": "me", "times": 2, "cut": 25}]) as server:
        with socket.create_connection(("127.0.0.1", server.port), 5) as client:
            client.sendall(REQUEST)
            head, _, body = client.makefile("rb").read().partition(b"\r\n\r\n")
        assert len(body) == 25
        promised = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
        assert int(promised.split()[1]) > 25
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"{server.url}/api/v2/users/me")
        assert httpx.get(f"{server.url}/api/v2/users/me").status_code == 200
    assert capfd.readouterr().err == ""


def test_a_slow_answer_waits_and_holds_up_nobody_else():
    with serve(faults=[{"on": "me", "slow": 2}]) as server, ThreadPoolExecutor(1) as pool:
        started = time.perf_counter()
        slow = pool.submit(httpx.get, f"{server.url}/api/v2/users/me")
        while not httpx.get(f"{server.url}/simulator/faults").json()["faults"][0]["hits"]:
            pass
        assert httpx.get(f"{server.url}/api/v2/users", auth=AUTH).status_code == 200
        assert not slow.done()
        assert slow.result().status_code == 200
        assert time.perf_counter() - started >= 2


def test_a_caller_who_gives_up_on_a_slow_write_finds_it_done():
    with serve(faults=[{"slow": 1}]) as server, httpx.Client(base_url=server.url, auth=AUTH) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post(
                "/api/v2/users/create_or_update_many",
                json={"users": [{"name": "Ann", "external_id": "A"}]},
                timeout=0.2,
            )
        assert client.get("/simulator/stats").json()["jobs"] == 1


def test_stopping_does_not_wait_for_a_slow_answer():
    with serve(faults=[{"on": "me", "slow": 60}]) as server:
        asking = threading.Thread(target=lambda: httpx.get(f"{server.url}/api/v2/users/me", timeout=60))
        asking.start()
        while not httpx.get(f"{server.url}/simulator/faults").json()["faults"][0]["hits"]:
            pass
        started = time.perf_counter()
        server.stop()
        asking.join()
        assert time.perf_counter() - started < 5
