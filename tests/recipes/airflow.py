"""`airflow dags test`: a run of the DAG in one process, with all its tries, and a database of its own."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.recipes.conftest import ENVIRONMENTS, ROOT
from tests.stories.world import CLIENT_SECRET, World

RECIPE = ROOT / "recipes" / "airflow" / "zdpipe_nightly.py"
DAG = "zdpipe_nightly"
AIRFLOW = ENVIRONMENTS / "airflow" / "bin" / "airflow"
ZDPIPE = Path(sys.executable).with_name("zdpipe")


@dataclass(frozen=True)
class Ended:
    """The task of a DAG's run: how it stands, which try that was, what it returned, and what was logged."""

    state: str
    tries: int
    returned: Any
    log: str


@dataclass(frozen=True)
class Airflow:
    """An Airflow that has the recipe, with what people edit in it."""

    home: Path
    world: World

    @classmethod
    def of(cls, world: World, migrated: Path, home: Path) -> Airflow:
        """Set one up beside a project."""
        (home / "dags").mkdir(parents=True)
        shutil.copy(migrated, home / "airflow.db")
        text = RECIPE.read_text(encoding="utf-8")
        for before, after in {
            '"/opt/zdpipe/bin/zdpipe"': f'"{ZDPIPE}"',
            '"/srv/customers"': f'"{world.folder}"',
            "timedelta(minutes=15)": "timedelta(seconds=1)",
        }.items():
            assert text.count(before) == 1
            text = text.replace(before, after)
        (home / "dags" / RECIPE.name).write_text(text, encoding="utf-8")
        return cls(home, world)

    def start(self, **params: str) -> subprocess.Popen[str]:
        """Begin a run of the DAG; it goes on until the task has its last try."""
        with (self.home / "log").open("w", encoding="utf-8") as log:
            return subprocess.Popen(
                [str(AIRFLOW), "dags", "test", DAG, "--conf", json.dumps(params)],
                env=variables(self.home) | self._connection() | self._zdpipe(),
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )

    def run(self, **params: str) -> Ended:
        """Run the DAG and tell how its task ended."""
        self.start(**params).wait(timeout=120)
        return self.ended()

    def ended(self) -> Ended:
        """Read how the task of the latest run stands."""
        with closing(sqlite3.connect(self.home / "airflow.db")) as database:
            run_id, state, tries = database.execute(
                "SELECT run_id, state, try_number FROM task_instance ORDER BY start_date DESC LIMIT 1"
            ).fetchone()
            found = database.execute(
                "SELECT value FROM xcom WHERE run_id = ? AND key = 'return_value'", (run_id,)
            ).fetchone()
        returned = json.loads(found[0]) if found else None
        if isinstance(returned, str):
            returned = json.loads(returned)
        return Ended(state, tries, returned, self.log)

    @property
    def log(self) -> str:
        """What was written so far."""
        return (self.home / "log").read_text(encoding="utf-8")

    def _connection(self) -> dict[str, str]:
        account = {"conn_type": "generic", "login": "zdpipe", "password": CLIENT_SECRET}
        return {"AIRFLOW_CONN_ZENDESK": json.dumps(account)}

    def _zdpipe(self) -> dict[str, str]:
        return {name: self.world.environment[name] for name in ("HOME", "XDG_STATE_HOME")}


def variables(home: Path) -> dict[str, str]:
    """Return the environment of an Airflow that keeps everything in a folder."""
    settings = {
        "CORE__DAGS_FOLDER": home / "dags",
        "CORE__LOAD_EXAMPLES": False,
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "LOGGING__BASE_LOG_FOLDER": home / "logs",
    }
    named = {f"AIRFLOW__{name}": str(value) for name, value in settings.items()}
    return {"PATH": os.environ["PATH"], "HOME": str(home), "AIRFLOW_HOME": str(home), **named}
