from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdpipe.simulator.faults import read_script
from zdpipe.simulator.shapes import BadFaults

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["on", "skip", "times", "share", "answer", "reset", "slow", "cut", "tenants", "job"])


def test_a_bare_list_is_a_document_of_seed_0():
    script = read_script([{"reset": "after"}])
    assert script.document == {"seed": 0, "faults": [{"reset": "after"}]}
    (fault,) = script.faults
    assert (fault.on, fault.skip, fault.times, fault.share) == ("write", 0, 1, 1.0)


def test_faults_of_single_users_last_for_ever_unless_told():
    where = {"where": {"email": "x"}}
    script = read_script([{"items": where}, {"refuse": where}, {"items": where, "times": 2}])
    assert [fault.times for fault in script.faults] == [None, None, 2]


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (None, "The faults document must be an object"),
        ("faults", "The faults document must be an object"),
        ({}, "faults must be a list"),
        ({"faults": {}}, "faults must be a list"),
        ({"faults": [], "sed": 1}, "'sed'"),
        ({"faults": [], "seed": "7"}, "seed must be a whole number"),
        ([7], "faults[0] must be an object"),
        ([{}], "exactly one effect"),
        ([{"reset": "after", "slow": 1}], "exactly one effect"),
        ([{"explode": True}], "'explode'"),
        ([{"reset": "after"}, {"on": "writes", "reset": "after"}], "faults[1].on must be one of write"),
        ([{"skip": -1, "reset": "after"}], "faults[0].skip"),
        ([{"skip": True, "reset": "after"}], "faults[0].skip"),
        ([{"times": 0, "reset": "after"}], "faults[0].times"),
        ([{"share": 1.5, "reset": "after"}], "faults[0].share"),
        ([{"share": float("nan"), "reset": "after"}], "not JSON"),
        ([{"reset": "during"}], "faults[0].reset must be one of before, after"),
        ([{"reset": object()}], "not JSON"),
        ([{"slow": -1}], "faults[0].slow"),
        ([{"cut": 1.5}], "faults[0].cut"),
        ([{"answer": {}}], "faults[0].answer needs a status"),
        ([{"answer": {"status": 600}}], "faults[0].answer.status must be at most 599"),
        ([{"answer": {"status": 100}}], "faults[0].answer.status"),
        ([{"answer": {"status": 503, "retry": 1}}], "'retry'"),
        ([{"answer": {"status": 503, "retry_after": 5}}], "faults[0].answer.retry_after must be a text"),
        ([{"answer": {"status": 503, "retry_after": "5\r\nX: y"}}], "faults[0].answer.retry_after"),
        ([{"answer": {"status": 503, "headers": []}}], "faults[0].answer.headers"),
        ([{"answer": {"status": 503, "headers": {"X": 1}}}], "faults[0].answer.headers.X"),
        ([{"answer": {"status": 503, "headers": {"X Y": "1"}}}], "'X Y'"),
        ([{"answer": {"status": 503, "headers": {"Content-Length": "1"}}}], "'Content-Length'"),
        ([{"answer": {"status": 503, "when": "now"}}], "faults[0].answer.when"),
        ([{"tenants": {"slots": 3}}], "'slots'"),
        ([{"job": "lost"}], "faults[0].job must be one of failed, killed"),
        ([{"on": "poll", "job": "failed"}], "faults[0].on must be write"),
        ([{"on": "any", "items": {"where": {"email": "x"}}}], "faults[0].on must be write"),
        ([{"items": {}}], "faults[0].items.where"),
        ([{"items": {"where": {"mail": "x"}}}], "'mail'"),
        ([{"items": {"where": {"user_fields.": "x"}}}], "'user_fields.'"),
        ([{"items": {"where": {"email": "("}}}], "faults[0].items.where.email is not a regular expression"),
        ([{"on": "poll", "refuse": {"where": {"email": "x"}}}], "faults[0].on"),
        ([{"refuse": {"where": {"email": "x"}, "status": 404}}], "faults[0].refuse.status"),
        ([{"account": {}}], "faults[0].account changes nothing"),
        ([{"account": {"role": "owner"}}], "faults[0].account.role"),
        ([{"account": {"bulk_import": 0}}], "faults[0].account.bulk_import"),
    ],
)
def test_what_is_wrong_is_named(document, named):
    with pytest.raises(BadFaults) as refused:
        read_script(document)
    assert named in str(refused.value)


@given(st.lists(st.dictionaries(KEYS, JSON, max_size=3), max_size=3))
def test_any_document_is_read_or_refused_and_what_is_read_is_read_alike_again(document):
    try:
        script = read_script(document)
    except BadFaults:
        return
    assert read_script(script.document).faults == script.faults
