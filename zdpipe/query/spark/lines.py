"""Where the parts of a translated text come from, as comments within it."""

from __future__ import annotations

from sqlglot import exp

from zdpipe.model.lines import Lines


def mark_lines(tree: exp.Expr, text: str | None) -> None:
    """Let each column, table and call bear its line and column as a comment, `@3:7`, instead of others.

    Without a text, all comments go.
    """
    lines = Lines(text or "")
    for node in tree.walk():
        node.pop_comments()
        start = _start(node)
        if start is not None and text is not None:
            place = lines.span(start, start)
            node.add_comments([f"@{place.line}:{place.column}"])


def _start(node: exp.Expr) -> int | None:
    if isinstance(node, exp.Column | exp.Table):
        start = node.parts[0].meta.get("start") if node.parts else None
    elif isinstance(node, exp.Func) and not isinstance(node, exp.Connector | exp.Cast):
        start = node.meta.get("span", (None,))[0]
    else:
        start = None
    return start if isinstance(start, int) else None
