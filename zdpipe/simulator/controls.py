"""The simulator's own endpoints: what it saw, and what is to go wrong. They need no credentials."""

from __future__ import annotations

import json

from zdpipe.simulator.calls import Call, Endpoint
from zdpipe.simulator.faults import read_script
from zdpipe.simulator.messages import Response, bad_request, json_response, method_not_allowed
from zdpipe.simulator.scripts import follow, report
from zdpipe.simulator.shapes import BadFaults
from zdpipe.simulator.stats import account_stats


def show_stats(call: Call) -> Response:
    """GET /simulator/stats."""
    return json_response(200, account_stats(call.db, call.now))


def faults_endpoint(call: Call) -> Response:
    """GET /simulator/faults shows the document with its counts, POST replaces it."""
    if call.request.method == "POST":
        try:
            follow(call.db, read_script(json.loads(call.request.body)))
        except (BadFaults, ValueError, RecursionError) as error:
            return bad_request(f"{error}")
    elif call.request.method not in ("GET", "HEAD"):
        return method_not_allowed("GET, POST")
    return json_response(200, report(call.db))


CONTROLS: dict[str, Endpoint] = {"/simulator/stats": show_stats, "/simulator/faults": faults_endpoint}
