"""What is said where there is no client, no server, or one that does not fit; no server is needed."""

from __future__ import annotations

import builtins
import socket
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from zdpipe.engine.opening import open_session
from zdpipe.engine.place import Place
from zdpipe.engine.spark.client import import_client
from zdpipe.engine.spark.connecting import _check_version, _refused
from zdpipe.errors import CredentialError, ProjectError, QueryError
from zdpipe.project.tables import Limits, Source


def nobody() -> str:
    """An address on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"sc://127.0.0.1:{probe.getsockname()[1]}"


def test_a_server_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    remote = nobody()
    begun = time.monotonic()
    with pytest.raises(ProjectError, match=remote) as caught:
        open_session(Source(engine="spark", remote=f"{remote}/;user_id=me"), Limits(), tmp_path)
    assert time.monotonic() - begun < 30
    assert caught.value.code == "no_spark"
    assert "[source] remote" in caught.value.hint
    assert "user_id" not in caught.value.message


def test_a_missing_token_is_said_before_anything_is_asked(tmp_path: Path) -> None:
    source = Source(engine="spark", remote=nobody(), token="env:SPARK_TOKEN")
    with pytest.raises(CredentialError, match="SPARK_TOKEN"):
        open_session(source, Limits(), tmp_path, Place({}, tmp_path))


def test_a_missing_client_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("pyspark")]:
        monkeypatch.delitem(sys.modules, name)
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("pyspark"):
            raise ImportError("No module named 'pyspark'", name="pyspark")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ProjectError, match="No module named 'pyspark'") as caught:
        import_client()
    assert caught.value.hint == "Install it with: pip install 'zdpipe[spark]'"


@pytest.mark.parametrize("version", ["4.0.0", "4.2.0", "5.1.0-preview", "4.0.0-databricks"])
def test_versions_that_fit(version: str) -> None:
    _check_version("sc://there", version)


@pytest.mark.parametrize("version", ["3.5.9", "2.4", ""])
def test_versions_that_are_too_old(version: str) -> None:
    with pytest.raises(ProjectError, match="or later"):
        _check_version("sc://there", version)


def test_a_refusal_asks_for_the_token() -> None:
    assert isinstance(_refused(QueryError("UNAUTHENTICATED: Invalid token")), CredentialError)
    other = QueryError("something else")
    assert _refused(other) is other
