"""The Spark Connect client, an extra that is imported only when a project needs it."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from zdpipe.errors import ProjectError


class Client:
    """The parts of the client, which is imported only when a project needs it."""

    def __init__(self) -> None:
        import grpc
        from pyspark.sql.connect.client.core import DefaultChannelBuilder
        from pyspark.sql.connect.client.retries import DefaultPolicy
        from pyspark.sql.connect.session import SparkSession

        self.grpc = grpc
        self.DefaultChannelBuilder = DefaultChannelBuilder
        self.DefaultPolicy = DefaultPolicy
        self.SparkSession = SparkSession


def import_client() -> Client:
    """Import the client, or raise ProjectError that tells how to install it."""
    try:
        with warnings.catch_warnings(), _with_a_file():
            # It warns of versions of pandas, of which nothing is used here.
            warnings.simplefilter("ignore")
            return Client()
    except ImportError as error:
        raise ProjectError(
            f'[source] engine = "spark" needs the Spark Connect client, which does not load: {error}.',
            "Install it with: pip install 'zdpipe[spark]'",
        ) from error


@contextmanager
def _with_a_file() -> Iterator[None]:
    """Let the main module have a file: the client takes one that has none for its own doctests, and exits.

    That is in pyspark/sql/connect/utils.py, and concerns `python -c` and what runs within other programs.
    """
    main = sys.modules["__main__"]
    if hasattr(main, "__file__"):
        yield
        return
    main.__file__ = "<none>"
    try:
        yield
    finally:
        del main.__file__
