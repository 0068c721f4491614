"""Dagster runs the recipe: a job in one process that tells what became of it, or by its command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.recipes.conftest import ENVIRONMENTS, ROOT
from tests.stories.world import World

RECIPE = ROOT / "recipes" / "dagster" / "zdpipe_nightly.py"
JOB = "zdpipe_nightly"
BIN = ENVIRONMENTS / "dagster" / "bin"
ZDPIPE = Path(sys.executable).with_name("zdpipe")
_RUN = """
import json, sys
import dagster as dg
import zdpipe_nightly as recipe
job = recipe.definitions.resolve_job_def("zdpipe_nightly")
config = {"ops": {"zendesk_users": {"config": json.loads(sys.argv[1])}}}
with dg.DagsterInstance.get() as instance:
    result = job.execute_in_process(instance=instance, run_config=config, raise_on_error=False)
events = [event.event_type_value for event in result.all_events]
metadata, passed = {}, None
if result.success:
    (made,) = result.asset_materializations_for_node("zendesk_users")
    metadata = {name: value.value for name, value in made.metadata.items()}
    (check,) = result.get_asset_check_evaluations()
    passed = check.passed
(schedule,) = recipe.definitions.schedules
print(json.dumps({
    "success": result.success,
    "tries": 1 + events.count("STEP_RESTARTED"),
    "metadata": metadata,
    "passed": passed,
    "passing": sorted(recipe.PASSING),
    "zone": schedule.execution_timezone,
    "pool": recipe.zendesk_users.op.pool,
}))
"""


@dataclass(frozen=True)
class Dagster:
    """A Dagster that has the recipe, with what people edit in it."""

    home: Path
    world: World

    @classmethod
    def of(cls, world: World, home: Path) -> Dagster:
        """Set one up beside a project."""
        home.mkdir()
        text = RECIPE.read_text(encoding="utf-8")
        for before, after in {
            '"/opt/zdpipe/bin/zdpipe"': f'"{ZDPIPE}"',
            '"/srv/customers"': f'"{world.folder}"',
            "delay=900": "delay=1",
        }.items():
            assert text.count(before) == 1
            text = text.replace(before, after)
        (home / RECIPE.name).write_text(text, encoding="utf-8")
        (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
        return cls(home, world)

    @property
    def log(self) -> str:
        """What was logged by the run of now, or the one before."""
        return (self.home / "log").read_text(encoding="utf-8")

    def run(self, **config: str) -> Mapping[str, Any]:
        """Run the job in one process, to its last try, and tell how it ended."""
        process = self.start([str(BIN / "python"), "-c", _RUN, json.dumps(config)])
        out, _ = process.communicate(timeout=100)
        assert out, self.log
        ended: Mapping[str, Any] = json.loads(out.splitlines()[-1])
        return ended

    def start(self, words: list[str]) -> subprocess.Popen[str]:
        """Start a command of Dagster's environment in the folder of the recipe."""
        kept = {name: value for name, value in self.world.environment.items() if name != "PATH"}
        with (self.home / "log").open("w", encoding="utf-8") as log:
            return subprocess.Popen(
                words,
                cwd=self.home,
                env={"PATH": os.environ["PATH"], **kept, "DAGSTER_HOME": str(self.home)},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
