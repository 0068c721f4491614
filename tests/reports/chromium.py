"""Pages in a real browser: what it measures of them, all of them in one start of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The page around may look into the frames because both are files and the browser is told to allow it.
_AROUND = """<!DOCTYPE html><meta charset="utf-8"><body>{frames}<pre id="found"></pre><script>
addEventListener("load", () => {{
  const found = {{}};
  for (const frame of document.querySelectorAll("iframe")) {{
    const page = frame.contentDocument, view = frame.contentWindow;
    for (const fold of page.querySelectorAll("details")) fold.open = true;
    const wide = [...page.querySelectorAll("body *")].filter((element) =>
      !element.closest(".wide") && element.getBoundingClientRect().right > view.innerWidth + 0.5);
    found[frame.id] = {{
      overflow: page.documentElement.scrollWidth - view.innerWidth,
      wide: wide.map((element) => element.outerHTML.slice(0, 200)),
      cut: [...page.querySelectorAll(".command")].filter((command) =>
        view.getComputedStyle(command).overflowX != "visible").map((command) => command.textContent),
      fetched: view.performance.getEntriesByType("resource").map((entry) => entry.name),
      styled: view.getComputedStyle(page.querySelector("main")).maxWidth,
      bars: [...page.querySelectorAll(".drawing rect")].map((bar) => bar.getBoundingClientRect().width),
    }};
  }}
  document.getElementById("found").textContent = JSON.stringify(found);
}});
</script>"""


def browser() -> str | None:
    """Return the browser that is installed, None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def measured(
    program: str, folder: Path, pages: Mapping[str, str], widths: Sequence[int]
) -> dict[str, dict[str, Any]]:
    """Return what the browser finds of each page at each width, by `<page>-<width>`."""
    frames = []
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
        frames += [
            f'<iframe id="{name}-{width}" src="{name}.html" width="{width}" frameborder="0"></iframe>'
            for width in widths
        ]
    around = folder / "around.html"
    around.write_text(_AROUND.format(frames="".join(frames)), encoding="utf-8")
    options = ("headless=new", "no-sandbox", "disable-gpu", "hide-scrollbars", "allow-file-access-from-files")
    done = subprocess.run(
        [
            program,
            *(f"--{option}" for option in options),
            f"--user-data-dir={folder / 'profile'}",
            "--virtual-time-budget=10000",
            "--dump-dom",
            around.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    told = re.search(r'<pre id="found">(.+?)</pre>', done.stdout, re.DOTALL)
    assert told is not None, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(unescape(told[1]))
    return found
