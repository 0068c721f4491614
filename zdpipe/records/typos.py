"""Domains of email addresses that are surely a slip of the finger, with the one that was probably meant.

Nothing is guessed from likeness alone: a false alarm costs more trust than a typo that stays. A slip is one
letter left out, doubled or hit beside, or two letters swapped, in the name of one of the largest mailbox
providers, or an ending that does not exist.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import polars as pl

# Providers by their name and the endings they have mailboxes under. Names of fewer than five letters are not
# here: too many other domains are one letter away from aol.com, gmx.de and msn.com.
PROVIDERS: dict[str, tuple[str, ...]] = {
    "gmail": ("com",),
    "googlemail": ("com",),
    "hotmail": ("com", "co.uk", "fr", "de", "it", "es", "ca", "com.br"),
    "outlook": ("com", "de", "fr", "es", "it", "com.br"),
    "yahoo": ("com", "co.uk", "fr", "de", "it", "es", "ca", "co.in", "co.jp", "com.br", "com.au", "com.mx"),
    "rocketmail": ("com",),
    "icloud": ("com",),
    "protonmail": ("com",),
    "comcast": ("net",),
    "verizon": ("net",),
    "sbcglobal": ("net",),
    "bellsouth": ("net",),
    "earthlink": ("net",),
    "btinternet": ("com",),
}
# Endings that the root zone does not have (IANA), each one slip away from the one meant.
NO_SUCH_ENDING = {
    **dict.fromkeys(
        ("con", "cmo", "ocm", "comm", "coom", "ccom", "vom", "xom", "cpm", "clm", "conm", "comn"), "com"
    ),
    **dict.fromkeys(("ner", "nte", "ent", "nett", "nrt", "met"), "net"),
    **dict.fromkeys(("ogr", "orgg", "rog", "orh"), "org"),
}
# Endings of countries, where these providers have no mailboxes.
ENDING_TOO_SHORT = ("co", "cm", "om")
WITHOUT_SHORT_ENDING = ("gmail", "googlemail", "hotmail", "outlook", "yahoo", "icloud", "comcast", "aol")
# Domains that are one slip away from a provider's and have mailboxes of their own.
REAL = frozenset({"gail.com", "hitmail.com"})
NEIGHBOURS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def meant_domains(addresses: pl.Series) -> pl.Series:
    """Return of each normalized address the domain probably meant, null where nothing looks wrong."""
    domains = addresses.str.splitn("@", 2).struct.field("field_1")
    distinct = domains.drop_nulls().unique()
    meant = _meant(distinct)
    if meant.null_count() == len(meant):
        return pl.repeat(None, len(addresses), dtype=pl.String, eager=True)
    return domains.replace_strict(distinct, meant, default=None, return_dtype=pl.String)


def _meant(domains: pl.Series) -> pl.Series:
    ending = domains.str.extract(r"\.([a-z]+)$")
    right = ending.replace_strict(NO_SUCH_ENDING, default=None, return_dtype=pl.String)
    mended = domains.str.replace(r"[a-z]+$", "") + right
    known = pl.select(pl.coalesce(mended, domains)).to_series()
    provider = known.replace_strict(_slips(), default=None, return_dtype=pl.String)
    return pl.select(pl.coalesce(provider, mended)).to_series()


@cache
def _slips() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, endings in PROVIDERS.items():
        for ending in endings:
            found |= dict.fromkeys((f"{slip}.{ending}" for slip in _slips_of(name)), f"{name}.{ending}")
    for name in WITHOUT_SHORT_ENDING:
        meant = f"{name}.{PROVIDERS.get(name, ('com',))[0]}"
        found |= dict.fromkeys((f"{name}.{ending}" for ending in ENDING_TOO_SHORT), meant)
    real = {f"{name}.{ending}" for name, endings in PROVIDERS.items() for ending in endings} | REAL
    return {slip: meant for slip, meant in found.items() if slip not in real}


def _slips_of(name: str) -> set[str]:
    """Return the spellings one slip away; the first letter is hardly ever the wrong one."""
    places = range(1, len(name))
    left_out = {name[:at] + name[at + 1 :] for at in places}
    doubled = {name[:at] + name[at] + name[at:] for at in range(len(name))}
    swapped = {name[:at] + name[at + 1] + name[at] + name[at + 2 :] for at in places if at + 1 < len(name)}
    beside = {name[:at] + key + name[at + 1 :] for at in places for key in _beside(name[at])}
    return (left_out | doubled | swapped | beside) - {name}


def _beside(key: str) -> set[str]:
    pairs = [pair for row in NEIGHBOURS for pair in pairwise(row)]
    return {a if key == b else b for a, b in pairs if key in (a, b)}
