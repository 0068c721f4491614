from __future__ import annotations

import pytest

from tests.records.columns import encoded, normalized, reasons, texts
from zdpipe.model.fields import Kind
from zdpipe.records.typos import NO_SUCH_ENDING, PROVIDERS, meant_domains


def meant(domain: str) -> str | None:
    found: str | None = meant_domains(texts(f"jane@{domain}")).item()
    return found


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("gmial.com", "gmail.com"),
        ("gmal.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("gamil.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.cmo", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmial.con", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("hotmal.co.uk", "hotmail.co.uk"),
        ("hotmail.cm", "hotmail.com"),
        ("yaho.com", "yahoo.com"),
        ("yahooo.fr", "yahoo.fr"),
        ("outlok.com", "outlook.com"),
        ("iclould.com", None),
        ("icoud.com", "icloud.com"),
        ("comcast.ner", "comcast.net"),
        ("concast.net", "comcast.net"),
        ("aol.con", "aol.com"),
        ("aol.co", "aol.com"),
        ("acme.con", "acme.com"),
        ("mail.acme.ogr", "mail.acme.org"),
    ],
)
def test_a_slip_of_the_finger_is_known_with_what_was_meant(typed: str, domain: str | None) -> None:
    assert meant(typed) == domain


@pytest.mark.parametrize(
    "domain",
    [
        *(f"{name}.{ending}" for name, endings in PROVIDERS.items() for ending in endings),
        *("aol.com", "msn.com", "live.com", "me.com", "mac.com", "att.net", "cox.net", "qq.com", "163.com"),
        *(
            "mail.com",
            "email.com",
            "ymail.com",
            "gmx.com",
            "gmx.net",
            "gmx.de",
            "web.de",
            "mail.ru",
            "zmail.com",
        ),
        *("gail.com", "hitmail.com", "grail.com", "fmail.com", "hmail.com", "proton.me", "pm.me", "hey.com"),
        *(
            "fastmail.com",
            "hushmail.com",
            "mailbox.org",
            "zoho.com",
            "yandex.ru",
            "naver.com",
            "orange.fr",
            "free.fr",
        ),
        *("t-online.de", "libero.it", "bol.com.br", "uol.com.br", "rediffmail.com", "bigpond.com", "sky.com"),
        *(
            "cloud.com",
            "look.com",
            "outlet.com",
            "horizon.net",
            "yahoo.co.id",
            "hotmail.nl",
            "outlook.sa",
            "acme.co",
        ),
        *(
            "acme.cm",
            "acme.om",
            "acme.cam",
            "acme.community",
            "acme.company",
            "acme.network",
            "acme.coop",
            "con.com",
        ),
    ],
)
def test_domains_that_people_have_mailboxes_at_raise_no_alarm(domain: str) -> None:
    assert meant(domain) is None


def test_an_ending_that_does_not_exist_is_none_that_a_provider_has() -> None:
    endings = {ending.rpartition(".")[2] for endings in PROVIDERS.values() for ending in endings}
    assert not endings & set(NO_SUCH_ENDING)


def test_a_typo_is_a_warning_and_the_address_is_sent_as_it_is() -> None:
    column = texts("Jane@Gmial.com", "joe@gmail.com", None, "bad")
    assert encoded(Kind.EMAIL, column) == ["jane@gmial.com", "joe@gmail.com", None, None]
    assert reasons(Kind.EMAIL, column) == {"email_typo": [0], "invalid_email": [3]}
    found = normalized(column.alias("email").to_frame().with_columns(name=texts("A", "B", "C", "D")))
    assert found.records["email"].to_list() == ["jane@gmial.com", "joe@gmail.com"]
    assert found.warnings.select("row", "reason", "column", "value", "fits").rows() == [
        (1, "email_typo", "email", "Jane@Gmial.com", "gmail.com")
    ]
