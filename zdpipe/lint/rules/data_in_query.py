"""ZD603 data-in-query."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.subject import Subject


# Prefixes that issuers of secrets publish, and shapes that nothing but a person's data has.
_LOOKS_LIKE = {
    "a secret": re.compile(
        r"""
        (?:AKIA|ASIA)[A-Z0-9]{16} | AIza[\w-]{35}
        | gh[pousr]_\w{36,} | github_pat_\w{22,} | glpat-[\w-]{20,}
        | xox[baprs]-[\w-]{10,} | [rs]k_live_\w{16,} | SG\.[\w-]{16,}\.[\w-]{16,}
        | eyJ[\w-]{10,}\.eyJ[\w-]{10,}.* | Bearer\ \S{16,}
        | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*
        | [a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@.+
        | .*\b(?:password|passwd|pwd|api_?key|api_?token|secret)\s*=\s*[^\s;]{4,}.*
        """,
        re.DOTALL | re.VERBOSE,
    ),
    "somebody's email address": re.compile(
        r"""
        # Mailboxes that belong to nobody, and the domains of examples (RFC 2142, RFC 2606), are no person's.
        (?!(?:abuse|admin|contact|help|hello|info|mail|no-?reply|none|null|office|postmaster|sales|service
              |support|test|unknown|webmaster)@)
        [A-Za-z0-9.+-][\w.+-]*@(?!example\.)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?!example$|invalid$|test$)
        [A-Za-z]{2,}
        """,
        re.VERBOSE,
    ),
    "somebody's phone number": re.compile(
        r"\+[1-9](?:[ .()-]{0,2}[0-9]){9,14} | \([2-9][0-9]{2}\)[ ]?[2-9][0-9]{2}-[0-9]{4}", re.VERBOSE
    ),
    "somebody's card number": re.compile(r"[3-6][0-9]{3}(?:[ -][0-9]{4}){3}"),
    "somebody's social security number": re.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{4}"),
}


class DataInQuery(Rule):
    """A literal looks like a secret or a person's data.

    ## Why it matters
    Queries are committed, reviewed and copied, and stay in history. Secrets belong into the environment or a
    keyring, and what concerns single people into a table of the source.

    ## Bad
    ```sql
    SELECT amperity_id AS external_id, full_name AS name FROM Customer_360
    WHERE email <> 'jane.roe@acme.com'
    ```

    ## Good
    ```sql
    SELECT amperity_id AS external_id, full_name AS name FROM Customer_360
    WHERE email NOT LIKE '%@acme.com'
    ```
    """

    code = "ZD603"
    name = "data-in-query"
    severity = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Look at every text of the file."""
        for statement in subject.query.statements:
            for literal in statement.find_all(exp.Literal):
                if not literal.is_string:
                    continue
                for what, shape in _LOOKS_LIKE.items():
                    if shape.fullmatch(literal.this):
                        yield Remark(
                            subject.positions.of(literal),
                            f"This looks like {what}. Keep it out of the query: in a table of the source, "
                            "or in the environment.",
                        )
