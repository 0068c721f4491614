from __future__ import annotations

from tests.pipeline.world import QUERY, World
from zdpipe.pipeline.preview import preview_query


def test_it_shows_the_bytes_a_first_send_would_have_whatever_was_sent(world: World) -> None:
    world.many(150)
    sent: list[bytes] = []
    world.network.on_request = lambda request: (
        sent.append(request.read()) if request.method == "POST" else None
    )
    world.run()
    world.network.on_request = None
    requests = world.stats["requests"]
    shown = preview_query(world.bench, QUERY, limit=1000)
    assert sent == [f'{{"users":[{",".join(part)}]}}'.encode() for part in (shown[:100], shown[100:])]
    assert preview_query(world.bench, QUERY, limit=3) == shown[:3]
    assert world.stats["requests"] == requests
