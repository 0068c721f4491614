"""drt as it is, with two constants of its Zendesk destination changed: where to, and how fast it may be.

It knows no address but Zendesk's, and never sends more than eleven requests a second, which would be all that
is measured. Takes the server's address, and then drt's own arguments.
"""

from __future__ import annotations

import sys

from drt.cli.main import app
from drt.destinations import zendesk


def main(url: str) -> None:
    """Run drt's command line."""
    zendesk._ZENDESK_API_TEMPLATE = f"{url}/api/v2"
    zendesk._ZENDESK_MAX_REQUESTS_PER_SECOND = 1_000_000
    app()


if __name__ == "__main__":
    main(sys.argv.pop(1))
