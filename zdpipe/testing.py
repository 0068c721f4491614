"""Tests of your own mappings: what the queries of a project make of a few customers.

With zdpipe installed, pytest has the fixture `zdpipe_project`:

    def test_users(zdpipe_project, snapshot):
        customers = [{"amperity_id": "a-1", "full_name": "Jane Doe", "phone": "(206) 555-0134"}]
        mapped = zdpipe_project.map("queries/zendesk_users.sql", {"Customer_360": customers})
        assert mapped.text == snapshot  # `snapshot` comes with the package syrupy

docs/testing.md has the details.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from zdpipe.model.mapped import Mapped
    from zdpipe.pipeline.workbench import Workbench
    from zdpipe.project.destination import Destination
    from zdpipe.project.project import Project
    from zdpipe.sample.rows import Rows

__all__ = ["ProjectUnderTest", "zdpipe_project"]


@dataclass(frozen=True)
class ProjectUnderTest:
    """A project whose source is a few rows; nothing is sent, and neither state nor schema.json change.

    Its queries, attribute tables and zdpipe.toml are the real ones; files that tests need go to `scratch`.
    """

    project: Project
    scratch: Path

    def map(self, query: str | Path, tables: Mapping[str, Rows] | None = None) -> Mapped:
        """Return what a query, named by its path in the project, makes of the rows of some tables.

        A row is a mapping of column to value; columns it leaves out are null. Tables have the columns and
        types of schema.json, those without rows are empty. Raises UsageProblem for rows that do not fit, and
        whatever `zdpipe preview` would say of the query.
        """
        from zdpipe.project.schema_file import read_schema
        from zdpipe.sample.rows import write_rows

        schema = read_schema(self.project.root)
        source = self._new_source()
        write_rows(source, tables or {}, schema.tables if schema else {})
        return self._mapped(query, source)

    def map_sample(self, query: str | Path, rows: int = 50, seed: int = 1) -> Mapped:
        """Return what a query makes of the sample that `zdpipe sample --rows N --seed S` writes."""
        from zdpipe.sample import write_sample

        source = self._new_source()
        write_sample(source, rows, seed)
        return self._mapped(query, source)

    def _new_source(self) -> Path:
        number = sum(1 for _ in self.scratch.glob("source-*.duckdb"))
        return self.scratch / f"source-{number}.duckdb"

    def _mapped(self, query: str | Path, source: Path) -> Mapped:
        from zdpipe.pipeline.preview import map_query

        return map_query(self._bench(source), self.project.root / query)

    def _bench(self, source: Path) -> Workbench:
        from zdpipe.clock import SystemClock
        from zdpipe.model.progress import Silence
        from zdpipe.pipeline.workbench import Workbench
        from zdpipe.project.tables import Source

        rows_only = Source(database=source, dialect=self.project.source.dialect)
        project = replace(
            self.project,
            source=rows_only,
            paths=self.project.paths.model_copy(update={"state": self.scratch / "state"}),
        )
        return Workbench(
            project=project,
            clock=SystemClock(),
            environment={},
            machine_state=self.scratch / "machine",
            open_transport=_refuse_to_send,
            progress=Silence(),
            command="pytest",
            pid=os.getpid(),
        )


@pytest.fixture
def zdpipe_project(request: pytest.FixtureRequest, tmp_path: Path) -> ProjectUnderTest:
    """The project that the test's file lies in: the nearest folder upward with a zdpipe.toml."""
    from zdpipe.project.load import load_project

    scratch = tmp_path / "zdpipe"
    scratch.mkdir()
    return ProjectUnderTest(load_project(request.path.parent), scratch)


def _refuse_to_send(destination: Destination) -> httpx.BaseTransport | None:
    raise AssertionError(f"a test of a mapping tried to reach {destination.name}")
