import pytest
from pydantic import ValidationError

from zdpipe.errors import CredentialError
from zdpipe.project.destination import Destination

TOKEN = {"email": "env:E", "api_token": "env:T"}


@pytest.mark.parametrize(
    ("settings", "account", "url"),
    [
        ({"subdomain": "Acme"}, "acme.zendesk.com", "https://Acme.zendesk.com"),
        ({"base_url": "https://Acme.zendesk.com:443/"}, "acme.zendesk.com", "https://Acme.zendesk.com:443"),
        ({"base_url": "http://127.0.0.1:8977/"}, "127.0.0.1:8977", "http://127.0.0.1:8977"),
        ({"base_url": "http://localhost:80"}, "localhost", "http://localhost:80"),
        ({"base_url": "http://[::1]:9"}, "[::1]:9", "http://[::1]:9"),
        ({"kind": "simulator"}, "simulator", "http://simulator.invalid"),
    ],
)
def test_one_account_has_one_name_however_it_is_written(settings, account, url):
    destination = Destination(name="d", **settings)
    assert (destination.account, destination.url) == (account, url)


@pytest.mark.parametrize(
    "url",
    [
        "acme.zendesk.com",
        "ftp://127.0.0.1",
        "https://",
        "https://user:pass@acme.zendesk.com",
        "https://acme.zendesk.com:port",
        "https://acme.zendesk.com?x=1",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
    ],
)
def test_addresses_that_would_leak_or_never_work_are_refused(url):
    with pytest.raises(ValidationError):
        Destination(name="d", base_url=url)


def test_credentials_are_references_and_what_is_missing_is_told():
    assert Destination(name="d", subdomain="a", **TOKEN).credentials() == {
        "email": "env:E",
        "api_token": "env:T",
    }
    with pytest.raises(CredentialError, match=r"\[destinations\.d\] has no api_token"):
        Destination(name="d", subdomain="a", email="env:E").credentials()


OAUTH = {"client_id": "env:I", "client_secret": "env:S"}


@pytest.mark.parametrize(
    ("settings", "way_in"),
    [
        ({}, "oauth"),
        (OAUTH, "oauth"),
        (TOKEN, "token"),
        ({**TOKEN, **OAUTH}, "oauth"),
        ({**TOKEN, **OAUTH, "auth": "token"}, "token"),
        ({"auth": "oauth", **TOKEN}, "oauth"),
    ],
)
def test_the_way_in_is_what_is_said_or_what_is_there(settings, way_in):
    assert Destination(name="d", subdomain="a", **settings).way_in == way_in


def test_oauth_wants_both_of_its_references_and_names_all_that_miss():
    assert Destination(name="d", subdomain="a", **OAUTH).credentials() == OAUTH
    with pytest.raises(CredentialError, match="has no client_id and no client_secret") as caught:
        Destination(name="d", subdomain="a").credentials()
    assert 'client_id = "env:ZENDESK_CLIENT_ID"' in caught.value.hint


@pytest.mark.parametrize(
    ("settings", "here"),
    [
        ({"subdomain": "acme"}, False),
        ({"base_url": "https://10.0.0.1"}, False),
        ({"base_url": "http://127.0.0.1:8977"}, True),
        ({"base_url": "https://localhost"}, True),
        ({"kind": "simulator"}, True),
    ],
)
def test_simulators_are_on_this_machine(settings, here):
    assert Destination(name="d", **settings).is_on_this_machine is here
