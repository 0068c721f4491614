import copy
import pickle
import sys
from types import SimpleNamespace

import pytest

from zdpipe.errors import CredentialError
from zdpipe.project.secret import Secret, read_secret, read_secrets


def test_a_secret_never_shows_itself():
    secret = Secret("tops3cret")
    shown = [repr(secret), str(secret), f"{secret}", f"{secret:>20}", "%s" % secret, f"{[secret]}"]  # noqa: UP031
    assert not [text for text in shown if "tops3cret" in text]
    for leak in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(secret)
    assert not hasattr(secret, "__dict__")
    assert secret.reveal() == "tops3cret"


def test_references_are_resolved_from_environment_and_files(tmp_path):
    (tmp_path / "token").write_text("from file \n", encoding="utf-8")
    home = tmp_path / "home"
    home.mkdir()
    (home / "token").write_text("from home\r\n", encoding="utf-8")
    environment = {"TOKEN": "from environment\n", "HOME": str(home)}
    found = {
        reference: read_secret(reference, environment, tmp_path).reveal()
        for reference in ("env:TOKEN", "file:token", f"file:{tmp_path}/token", "file:~/token")
    }
    assert list(found.values()) == ["from environment\n", "from file ", "from file ", "from home"]


def test_a_keyring_is_asked_for_service_and_name(tmp_path, monkeypatch):
    stored = {("zendesk", "api/token"): "from keyring"}
    refusal = type("KeyringError", (Exception,), {})

    def get_password(service, name):
        if service == "locked":
            raise refusal("tops3cret")
        return stored.get((service, name))

    fake = SimpleNamespace(get_password=get_password, errors=SimpleNamespace(KeyringError=refusal))
    monkeypatch.setitem(sys.modules, "keyring", fake)
    assert read_secret("keyring:zendesk/api/token", {}, tmp_path).reveal() == "from keyring"
    with pytest.raises(CredentialError, match="service 'zendesk', name 'other', which has nothing there"):
        read_secret("keyring:zendesk/other", {}, tmp_path)
    with pytest.raises(CredentialError, match="service 'locked', name 'x', which refuses"):
        read_secret("keyring:locked/x", {}, tmp_path)


def test_a_missing_keyring_package_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(CredentialError, match="keyring is not installed") as caught:
        read_secret("keyring:zendesk/token", {}, tmp_path)
    assert "pip install 'zdpipe[keyring]'" in caught.value.hint


def test_missing_secrets_name_the_place_looked_at(tmp_path):
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    places = {
        "env:ABSENT": "ABSENT, which is not set",
        "env:EMPTY": "EMPTY, which is empty",
        "file:absent": f"{tmp_path}/absent, which cannot be read (No such file or directory)",
        "file:.": f"{tmp_path}, which cannot be read (Is a directory)",
        "file:empty": f"{tmp_path}/empty, which is empty",
        "file:binary": f"{tmp_path}/binary, which cannot be read (it is not UTF-8 text)",
    }
    for reference, place in places.items():
        with pytest.raises(CredentialError) as caught:
            read_secret(reference, {"EMPTY": ""}, tmp_path)
        assert place in caught.value.message
        assert caught.value.hint


def test_a_value_instead_of_a_reference_is_not_repeated(tmp_path):
    with pytest.raises(CredentialError) as caught:
        read_secret("tops3cret", {}, tmp_path)
    assert "tops3cret" not in caught.value.message + caught.value.hint


def test_all_missing_secrets_are_told_at_once(tmp_path):
    references = {"client_id": "env:ABSENT", "client_secret": "file:absent"}
    with pytest.raises(CredentialError) as caught:
        read_secrets(references, {}, tmp_path)
    assert (
        "client_id: A secret is missing; looked in: the environment variable ABSENT" in caught.value.message
    )
    assert (
        f"client_secret: A secret is missing; looked in: the file {tmp_path}/absent" in caught.value.message
    )
    assert "export ABSENT" in caught.value.hint
    assert "chmod 600" in caught.value.hint


def test_several_secrets_come_in_the_order_of_their_keys(tmp_path):
    found = read_secrets({"b": "env:B", "a": "env:A"}, {"A": "1", "B": "2"}, tmp_path)
    assert [secret.reveal() for secret in found] == ["2", "1"]
