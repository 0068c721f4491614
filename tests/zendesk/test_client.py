from __future__ import annotations

import gzip
import json
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.clock import FakeClock
from zdpipe import __version__
from zdpipe.project.secret import Secret
from zdpipe.zendesk.auth import TokenAuth
from zdpipe.zendesk.client import ZendeskClient
from zdpipe.zendesk.failures import JobSlotsFull, NotTaken, Refused, Unsure
from zdpipe.zendesk.limits import Limits
from zdpipe.zendesk.wire import Identity, Me

JOB = {"id": "V3-1", "status": "queued", "results": None}
Answer = httpx.Response | Exception


class Account:
    """Answers requests from a list and keeps what was asked."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


Connect = Callable[..., tuple[ZendeskClient, Account]]


@pytest.fixture
def connect(tmp_path: Path, clock: FakeClock) -> Iterator[Connect]:
    with ExitStack() as stack:

        def make(*answers: Answer) -> tuple[ZendeskClient, Account]:
            account = Account(answers)
            limits = stack.enter_context(Limits(tmp_path, 100, clock))
            auth = TokenAuth(Secret("admin@example.com"), Secret("s3cr3t"))
            transport = httpx.MockTransport(account)
            client = ZendeskClient("https://acme.zendesk.com", auth, transport, limits, clock)
            return stack.enter_context(client), account

        yield make


def ok(body: object, **headers: str) -> httpx.Response:
    return httpx.Response(200, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def test_users_are_sent_byte_for_byte(connect: Connect) -> None:
    client, account = connect(ok({"job_status": JOB}))
    payloads = ['{"name":"Zoë","user_fields":{"ltv":1.10}}', '{"name":"B"}']
    assert client.create_or_update_many(payloads).job_id == "V3-1"
    request = account.asked[0]
    assert request.content.decode() == f'{{"users":[{payloads[0]},{payloads[1]}]}}'
    assert str(request.url) == "https://acme.zendesk.com/api/v2/users/create_or_update_many"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "application/json"
    assert request.headers["user-agent"] == f"zdpipe/{__version__}"


def test_jobs_are_asked_for_together(connect: Connect) -> None:
    client, account = connect(ok({"job_statuses": [JOB, {**JOB, "id": "V3-2"}]}))
    assert [job.job_id for job in client.jobs(["V3-1", "V3-2"])] == ["V3-1", "V3-2"]
    assert account.asked[0].url.params["ids"] == "V3-1,V3-2"


def test_users_are_looked_up_by_id(connect: Connect) -> None:
    body = {"users": [{"id": 7, "external_id": "A", "created_at": "2026-11-22T11:00:00Z"}]}
    client, account = connect(ok(body))
    assert client.users([7, 8])[0].external_id == "A"
    assert account.asked[0].url.path == "/api/v2/users/show_many"
    assert account.asked[0].url.params["ids"] == "7,8"


def test_users_are_looked_up_by_external_id(connect: Connect) -> None:
    body = {"users": [{"id": 7, "external_id": "A", "created_at": "2026-11-22T11:00:00Z"}]}
    client, account = connect(ok(body))
    assert client.users_of(["a", "b"])[0].user_id == 7
    assert account.asked[0].url.path == "/api/v2/users/show_many"
    assert account.asked[0].url.params["external_ids"] == "a,b"


def test_an_identity_is_made_primary_under_the_limits_of_writing(connect: Connect) -> None:
    client, account = connect(ok({"identities": []}), httpx.Response(404, json={"error": "RecordNotFound"}))
    client.make_primary(7, 9)
    with pytest.raises(Refused):
        client.make_primary(7, 10)
    (first, _) = account.asked
    assert (first.method, first.url.path) == ("PUT", "/api/v2/users/7/identities/9/make_primary")
    assert first.headers["content-type"] == "application/json"
    assert client.requests == 2


USER = {"id": 7, "email": "a@x.org", "created_at": "2026-11-22T11:00:00Z"}
FURTHER = {"user_id": 7, "type": "email", "value": "b@x.org"}


def test_a_page_of_end_users_comes_with_all_addresses(connect: Connect) -> None:
    meta = {"has_more": True, "after_cursor": "xx"}
    client, account = connect(
        ok({"users": [USER], "identities": [FURTHER], "meta": meta}),
        ok({"users": [USER], "meta": {"has_more": False}}),
        ok({"users": [USER], "identities": [FURTHER]}),
    )
    (user,), after = client.end_users()
    assert (user.emails, after, client.requests) == ({"a@x.org", "b@x.org"}, "xx", 1)
    # A list that leaves identities out is followed by a look-up of its users.
    (user,), after = client.end_users(after)
    assert (user.emails, after, client.requests) == ({"a@x.org", "b@x.org"}, None, 3)
    assert [request.url.params.get("page[after]") for request in account.asked] == [None, "xx", None]
    assert account.asked[0].url.params["role"] == "end-user"


def test_end_users_are_counted_where_zendesk_counts_them(connect: Connect) -> None:
    client, account = connect(ok({"users": [USER], "count": 1234}), ok({"users": []}))
    assert (client.count_end_users(), client.count_end_users()) == (1234, None)
    assert account.asked[0].url.params["role"] == "end-user"


def test_identities_are_listed_and_removed_one_by_one(connect: Connect) -> None:
    shown = {"id": 9, "user_id": 7, "type": "email", "value": "B@x.org", "primary": False}
    client, account = connect(ok({"identities": [shown]}), httpx.Response(204))
    (identity,) = client.identities(7)
    assert identity == Identity(9, "email", "b@x.org", is_primary=False)
    client.delete_identity(7, identity.identity_id)
    assert [(request.method, request.url.path) for request in account.asked] == [
        ("GET", "/api/v2/users/7/identities"),
        ("DELETE", "/api/v2/users/7/identities/9"),
    ]


def test_what_is_gone_has_no_identities_and_is_removed_already(connect: Connect) -> None:
    client, _ = connect(*(httpx.Response(404, json={"error": "RecordNotFound"}) for _ in range(2)))
    assert client.identities(7) == []
    client.delete_identity(7, 9)


def test_a_refusal_to_remove_is_raised(connect: Connect) -> None:
    client, _ = connect(*(httpx.Response(403, json={"error": "Forbidden"}) for _ in range(2)))
    with pytest.raises(Refused):
        client.identities(7)
    with pytest.raises(Refused):
        client.delete_identity(7, 9)


def test_all_pages_of_user_fields_are_read(connect: Connect) -> None:
    client, account = connect(
        ok({"user_fields": [{"key": "a"}], "meta": {"has_more": True, "after_cursor": "xx"}}),
        ok({"user_fields": [{"key": "b"}], "meta": {"has_more": False, "after_cursor": None}}),
    )
    assert [field["key"] for field in client.user_fields()] == ["a", "b"]
    assert account.asked[1].url.params["page[after]"] == "xx"


def test_who_we_are(connect: Connect) -> None:
    client, _ = connect(ok({"user": {"id": 1, "role": "admin", "email": "admin@example.com"}}))
    assert client.me() == Me(1, "admin", "admin@example.com")


UNREADABLE = [
    httpx.Response(200, text="<html>"),
    httpx.Response(200, text=""),
    httpx.Response(204),
    ok({"job_status": "done"}),
    ok({"job_status": None}),
    ok({"unheard": "of"}),
    ok([1]),
    ok(None),
    httpx.Response(200, text="[" * 100_000),
    httpx.Response(200, text='{"job_status": {"id": "V3-1", "status": '),
]


@pytest.mark.parametrize("answer", UNREADABLE)
def test_a_success_that_cannot_be_read_may_have_queued_the_job(
    connect: Connect, answer: httpx.Response
) -> None:
    client, _ = connect(answer)
    with pytest.raises(Unsure, match="cannot be read"):
        client.create_or_update_many(["{}"])


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.jobs(["V3-1"]),
        lambda client: client.users([1]),
        lambda client: client.me(),
        lambda client: client.user_fields(),
    ],
)
@pytest.mark.parametrize("body", [[], {}, {"users": [{"id": "x"}], "job_statuses": ["y"], "user": 1}, "z"])
def test_an_answer_of_another_shape_is_a_failure_never_a_crash(
    connect: Connect, call: Callable[[ZendeskClient], object], body: object
) -> None:
    client, _ = connect(ok(body))
    with pytest.raises(Unsure):
        call(client)


def test_a_number_that_is_none_is_a_failure_never_a_crash(connect: Connect) -> None:
    client, _ = connect(httpx.Response(200, text='{"users": [{"id": Infinity}]}'))
    with pytest.raises(Unsure, match="no id of a user"):
        client.users([1])


class Endless(httpx.SyncByteStream):
    """An answer that never ends; `read` counts its bytes."""

    def __init__(self, part: bytes, pause: Callable[[], None] = lambda: None) -> None:
        self.read = 0
        self._part = part
        self._pause = pause

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self._pause()
            self.read += len(self._part)
            yield self._part


@pytest.mark.parametrize(("status", "home"), [(200, Unsure), (429, NotTaken), (422, Refused)])
def test_an_endless_answer_is_cut_short_and_its_status_counts(
    connect: Connect, status: int, home: type[Exception]
) -> None:
    endless = Endless(b"x" * 1_000_000)
    client, _ = connect(httpx.Response(status, stream=endless))
    with pytest.raises(home):
        client.create_or_update_many(["{}"])
    assert endless.read < 100_000_000


def test_an_answer_that_drips_is_not_waited_for_any_longer(connect: Connect, clock: FakeClock) -> None:
    client, _ = connect(httpx.Response(200, stream=Endless(b" ", lambda: clock.advance(50))))
    with pytest.raises(Unsure):
        client.create_or_update_many(["{}"])
    assert clock.elapsed <= 150


def test_a_compressed_answer_is_read(connect: Connect) -> None:
    body = gzip.compress(json.dumps({"job_status": JOB}).encode())
    client, _ = connect(httpx.Response(200, content=body, headers={"content-encoding": "gzip"}))
    assert client.create_or_update_many(["{}"]).job_id == "V3-1"


def test_every_request_is_counted_answered_or_not(connect: Connect) -> None:
    client, _ = connect(httpx.ConnectError("down"), httpx.Response(500), ok({"user": {"id": 1}}))
    with pytest.raises(NotTaken):
        client.me()
    with pytest.raises(Unsure):
        client.me()
    client.me()
    assert client.requests == 3


@pytest.mark.parametrize(
    ("status", "home"), [(401, Refused), (403, Refused), (302, Refused), (429, NotTaken)]
)
def test_an_answer_that_is_no_success_is_raised(connect: Connect, status: int, home: type[Exception]) -> None:
    client, _ = connect(httpx.Response(status, headers={"location": "https://elsewhere.example"}))
    with pytest.raises(home):
        client.me()


def test_the_servers_time_is_its_date_and_what_passed_since(connect: Connect, clock: FakeClock) -> None:
    client, _ = connect(
        ok({"user": {"id": 1}}, date="Sun, 22 Nov 2026 09:00:00 GMT"),
        ok({"user": {"id": 1}}, date="yesterday"),
        ok({"user": {"id": 1}}, date="Sun, 22 Nov 2026 10:00:00 -0000"),
        ok({"user": {"id": 1}}),
    )
    assert client.zendesk_time() is None
    client.me()
    clock.advance(2.5)
    clock.set_ahead(999)
    assert client.zendesk_time() == datetime(2026, 11, 22, 9, 0, 2, 500_000, tzinfo=UTC)
    client.me()
    assert client.zendesk_time() == datetime(2026, 11, 22, 9, 0, 2, 500_000, tzinfo=UTC)
    client.me()
    client.me()
    assert client.zendesk_time() == datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def test_free_job_slots_are_learned_from_refusals_too(connect: Connect) -> None:
    full = {"error": "TooManyJobs"}
    client, _ = connect(
        ok({"job_status": JOB}, zendesk_ratelimit_inflight_jobs="total=30; remaining=29; resets=60"),
        ok({"job_status": JOB}, zendesk_ratelimit_inflight_jobs="nonsense"),
        httpx.Response(
            429, json=full, headers={"zendesk-ratelimit-inflight-jobs": "total=30; remaining=0; resets=60"}
        ),
    )
    assert (client.slots, client.most_slots) == (None, None)
    client.create_or_update_many(["{}"])
    assert client.slots == 29
    client.create_or_update_many(["{}"])
    assert client.slots == 29
    with pytest.raises(JobSlotsFull):
        client.create_or_update_many(["{}"])
    assert (client.slots, client.most_slots) == (0, 30)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_holds_every_request_back(connect: Connect, clock: FakeClock, status: int) -> None:
    client, _ = connect(httpx.Response(status, headers={"retry-after": "27"}))
    with pytest.raises(NotTaken):
        client.me()
    assert client.permit_read() == 27
    assert client.permit_write(10) == 27


def test_full_job_slots_leave_polls_alone(connect: Connect) -> None:
    client, _ = connect(httpx.Response(429, json={"error": "TooManyJobs"}, headers={"retry-after": "60"}))
    with pytest.raises(JobSlotsFull):
        client.create_or_update_many(["{}"])
    assert client.permit_read() == 0


def test_the_limit_is_learned_from_answers(connect: Connect) -> None:
    client, _ = connect(ok({"user": {"id": 1}}, x_rate_limit="3", x_rate_limit_remaining="2"))
    client.me()
    assert client.permit_read() > 59


def test_look_ups_wait_for_their_permit(connect: Connect, clock: FakeClock) -> None:
    client, _ = connect(
        ok({"user": {"id": 1}}, ratelimit_limit="200", ratelimit_remaining="0", ratelimit_reset="12"),
        ok({"user": {"id": 1}}),
    )
    client.me()
    client.me()
    assert sum(clock.sleeps) == pytest.approx(12)


def test_no_failure_shows_the_credentials(connect: Connect) -> None:
    client, account = connect(
        httpx.ReadTimeout("slow"), httpx.Response(401, json={"error": "Couldn't authenticate you"})
    )
    shown = []
    for _ in range(2):
        with pytest.raises((Unsure, Refused)) as caught:
            client.me()
        shown += [*traceback.format_exception(caught.value), repr(caught.value), repr(vars(caught.value))]
    sent = account.asked[0].headers["authorization"].removeprefix("Basic ")
    assert not [text for text in shown if "s3cr3t" in text or sent in text]


def test_payloads_of_a_lost_answer_stay_out_of_the_message(connect: Connect) -> None:
    client, _ = connect(httpx.ReadTimeout("The read operation timed out"))
    with pytest.raises(Unsure) as caught:
        client.create_or_update_many([json.dumps({"name": "Ada", "email": "ada@example.com"})])
    assert "ada" not in caught.value.message.lower()
