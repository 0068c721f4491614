"""What GitHub's runner does with a workflow's `run` steps: their shell, files and environment.

Shells are those of «Workflow syntax for GitHub Actions», jobs.<job_id>.steps[*].shell.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_SHELLS = {None: ["bash", "-e"], "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}
_EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")


@dataclass
class Runner:
    """A runner's work on the one job of a workflow.

    `values` are what the workflow's expressions are; one that is not among them is an error. `variables` are
    the machine's, and stand in for what the workflow says of paths that only a runner has.
    """

    path: Path
    workspace: Path
    temp: Path
    variables: Mapping[str, str]
    values: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.job,) = yaml.safe_load(self.path.read_text(encoding="utf-8"))["jobs"].values()
        self.temp.mkdir(parents=True, exist_ok=True)

    @property
    def runs(self) -> list[str]:
        """The names of the steps that run commands, in order."""
        return [step["name"] for step in self.job["steps"] if "run" in step]

    @property
    def summary(self) -> str:
        """The page of the job."""
        return self._file("GITHUB_STEP_SUMMARY").read_text(encoding="utf-8")

    def step(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run a step and wait for it."""
        process = self.start(name)
        out, err = process.communicate(timeout=120)
        self.ended(name, process.returncode)
        return subprocess.CompletedProcess(name, process.returncode, out, err)

    def start(self, name: str) -> subprocess.Popen[str]:
        """Start a step; its process is the one that is signalled when somebody cancels."""
        (step,) = [step for step in self.job["steps"] if step.get("name") == name]
        script = self.temp / "script.sh"
        script.write_text(step["run"], encoding="utf-8")
        shell = step.get("shell", self.job.get("defaults", {}).get("run", {}).get("shell"))
        return subprocess.Popen(
            [*_SHELLS[shell], str(script)],
            cwd=self.workspace,
            env=self._environment(step),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ended(self, name: str, code: int) -> None:
        """Know the outcome of a step in later ones."""
        (step,) = [step for step in self.job["steps"] if step.get("name") == name]
        if "id" in step:
            self.values[f"steps.{step['id']}.outcome"] = "failure" if code else "success"

    def _environment(self, step: Mapping[str, Any]) -> dict[str, str]:
        written = {**self.job.get("env", {}), **step.get("env", {})}
        said = {name: self._evaluated(str(value)) for name, value in written.items()}
        files = {
            name: str(self._file(name)) for name in ("GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
        }
        added = self._file("GITHUB_PATH").read_text(encoding="utf-8").split()
        path = os.pathsep.join([*reversed(added), os.environ["PATH"]])
        machine = {"RUNNER_TEMP": str(self.temp), **self.variables}
        return {**said, **files, **machine, "PATH": path}

    def _evaluated(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self.values[found[1]], text)

    def _file(self, name: str) -> Path:
        path = self.temp.with_name(f"{self.temp.name}-{name}")
        path.touch()
        return path
