"""Every code that says why something failed, with its cause, its cure and the actions that may fit."""

from zdpipe.model.catalogue.account import ACCOUNT
from zdpipe.model.catalogue.customers import CUSTOMERS, FAREWELLS
from zdpipe.model.catalogue.entry import Entry
from zdpipe.model.catalogue.guards import GUARDS
from zdpipe.model.catalogue.project import PROJECT
from zdpipe.model.catalogue.runs import CUSTOMERS_FAILED, GONE_FAILED, RUNS, TOLD
from zdpipe.model.catalogue.state import STATE

# Codes of errors and of runs; those of guards and of customers are names of their own.
CODES = {**RUNS, **ACCOUNT, **PROJECT, **STATE}

__all__ = [
    "ACCOUNT",
    "CODES",
    "CUSTOMERS",
    "CUSTOMERS_FAILED",
    "FAREWELLS",
    "GONE_FAILED",
    "GUARDS",
    "PROJECT",
    "RUNS",
    "STATE",
    "TOLD",
    "Entry",
]
