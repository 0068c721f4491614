"""An Airflow in one process that runs the recipe, as `airflow dags test` does, again and again.

Each run of the DAG has all its tries; the database is a file of its own. One process saves Airflow's seven
seconds of starting for every run.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.recipes.conftest import ENVIRONMENTS, ROOT
from tests.recipes.nights import wait_until
from tests.stories.world import CLIENT_SECRET, World

RECIPE = ROOT / "recipes" / "airflow" / "zdpipe_nightly.py"
BIN = ENVIRONMENTS / "airflow" / "bin"
ZDPIPE = Path(sys.executable).with_name("zdpipe")
_LOOP = """
import json, os, sys
from pathlib import Path
from airflow.utils.cli import get_bagged_dag
for line in sys.stdin:
    order = json.loads(line)
    os.environ.update(order["variables"])
    dag = get_bagged_dag(bundle_names=None, dag_id="zdpipe_nightly")
    dag.test(run_conf=order["params"])
    (task,) = dag.tasks
    module = sys.modules[type(task).__module__]
    about = {
        "max_active_runs": dag.max_active_runs,
        "catchup": dag.catchup,
        "schedule": dag.timetable.expression,
        "retries": task.retries,
        "queue": task.queue,
        "passing": sorted(module.PASSING),
        "guards": module.GUARDS,
    }
    Path(order["to"]).write_text(json.dumps(about))
"""


@dataclass(frozen=True)
class Ended:
    """The task of a DAG's run: how it stands, which try that was, what it returned, and what was logged."""

    state: str
    tries: int
    returned: Any
    log: str
    about: dict[str, Any]


@dataclass
class Airflow:
    """An Airflow that has the recipe, with what people edit in it, and the project that it sends."""

    home: Path
    process: subprocess.Popen[str]
    world: World | None = None
    numbers: Iterator[int] = field(default_factory=count)
    begun_at: int = 0

    def take(self, world: World) -> None:
        """Send this project from now on."""
        self.world = world
        link = self.home / "project"
        link.unlink(missing_ok=True)
        link.symlink_to(world.folder)

    def start(self, **params: str) -> Path:
        """Begin a run of the DAG; return the file that will be there when it has had its last try."""
        assert self.world is not None
        assert self.process.stdin is not None
        self.begun_at = len(self._written())
        ended = self.home / f"ended-{next(self.numbers)}"
        variables = {name: self.world.environment[name] for name in ("HOME", "XDG_STATE_HOME")}
        order = {"params": params, "variables": variables, "to": str(ended)}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return ended

    def run(self, **params: str) -> Ended:
        """Run the DAG and tell how its task ended."""
        return self.ended(self.start(**params))

    def ended(self, file: Path) -> Ended:
        """Wait for the run of now, and read how its task stands."""
        wait_until(lambda: self.process.poll() is not None or (file.exists() and bool(file.read_text())))
        assert self.process.poll() is None, self.log
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
        return Ended(state, tries, returned, self.log, json.loads(file.read_text()))

    @property
    def log(self) -> str:
        """What the run of now has written so far."""
        return self._written()[self.begun_at :]

    def _written(self) -> str:
        return (self.home / "log").read_text(encoding="utf-8")


@contextmanager
def airflow_in(home: Path) -> Iterator[Airflow]:
    """Lend an Airflow that keeps everything in a folder, and ends with the block."""
    (home / "dags").mkdir()
    (home / "dags" / RECIPE.name).write_text(edited(home / "project"), encoding="utf-8")
    env = _variables(home)
    subprocess.run([str(BIN / "airflow"), "db", "migrate"], env=env, capture_output=True, check=True)
    with (
        (home / "log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [str(BIN / "python"), "-c", _LOOP],
            env=env,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        yield Airflow(home, process)
        assert process.stdin is not None
        process.stdin.close()


def edited(project: Path) -> str:
    """Return the recipe with what everybody who copies it has to edit."""
    text = RECIPE.read_text(encoding="utf-8")
    for before, after in {
        '"/opt/zdpipe/bin/zdpipe"': f'"{ZDPIPE}"',
        '"/srv/customers"': f'"{project}"',
        "timedelta(minutes=15)": "timedelta(seconds=1)",
    }.items():
        assert text.count(before) == 1
        text = text.replace(before, after)
    return text


def _variables(home: Path) -> dict[str, str]:
    settings = {
        "CORE__DAGS_FOLDER": home / "dags",
        "CORE__LOAD_EXAMPLES": False,
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "LOGGING__BASE_LOG_FOLDER": home / "logs",
    }
    named = {f"AIRFLOW__{name}": str(value) for name, value in settings.items()}
    account = {"conn_type": "generic", "login": "zdpipe", "password": CLIENT_SECRET}
    connection = {"AIRFLOW_CONN_ZENDESK": json.dumps(account)}
    return {"PATH": os.environ["PATH"], "HOME": str(home), "AIRFLOW_HOME": str(home), **named, **connection}
