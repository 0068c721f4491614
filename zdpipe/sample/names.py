"""People's names by culture, each with the Latin letters an e-mail address would use."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

Spellings = dict[str, str]


@dataclass(frozen=True, slots=True)
class Culture:
    """Given names and surnames that go together: each as written → lower-case ASCII.

    `share` is in percent of all customers; `glue` stands between given name and surname, and where it
    is empty the surname comes first.
    """

    name: str
    share: int
    glue: str
    given: Spellings
    surnames: Spellings


# Letters that Unicode does not take apart into a letter and its accent.
_UNDECOMPOSED = str.maketrans("øłıđ", "olid")


def _latin(*names: str) -> Spellings:
    return {name: _ascii_letters(name) for name in names}


def _ascii_letters(name: str) -> str:
    plain = name.lower().replace("ß", "ss").translate(_UNDECOMPOSED)
    return "".join(c for c in unicodedata.normalize("NFD", plain) if "a" <= c <= "z")


CULTURES = (
    Culture(
        "English",
        58,
        " ",
        _latin(
            *(
                "James",
                "Mary",
                "John",
                "Patricia",
                "Robert",
                "Jennifer",
                "Michael",
                "Linda",
                "David",
                "Susan",
            ),
            *(
                "William",
                "Karen",
                "Richard",
                "Lisa",
                "Joseph",
                "Nancy",
                "Thomas",
                "Sandra",
                "Daniel",
                "Ashley",
            ),
            *(
                "Matthew",
                "Emily",
                "Anthony",
                "Donna",
                "Mark",
                "Michelle",
                "Paul",
                "Carol",
                "Steven",
                "Amanda",
            ),
            *("Mary-Kate", "Jo Ann", "J. R.", "Xavier", "Zoë", "Renée", "DeShawn", "LaToya", "Ed", "Al"),
        ),
        _latin(
            *(
                "Smith",
                "Johnson",
                "Williams",
                "Brown",
                "Jones",
                "Davis",
                "Miller",
                "Wilson",
                "Anderson",
                "Taylor",
            ),
            *(
                "Moore",
                "Jackson",
                "Martin",
                "Lee",
                "Thompson",
                "White",
                "Harris",
                "Clark",
                "Lewis",
                "Robinson",
            ),
            *("Walker", "Young", "Allen", "King", "Wright", "Scott", "Hill", "Green", "Adams", "Baker"),
            *("Smith-Jones", "Parker-Bowles", "McDonald", "MacLeod", "St. John", "Van Buren", "Null", "Test"),
        ),
    ),
    Culture(
        "with apostrophes",
        8,
        " ",
        _latin("Sean", "Siobhán", "Aoife", "Liam", "Gianni", "Chiara", "D'Arcy", "Ma'at", "Keisha", "Brian"),
        _latin("O'Brien", "O'Connor", "O’Neill", "D'Angelo", "Dell'Acqua", "D’Amico", "O'Reilly", "N'Diaye"),
    ),
    Culture(
        "Spanish",
        13,
        " ",
        _latin(
            "José",
            "María",
            "Juan",
            "Lucía",
            "Ángel",
            "Sofía",
            "Íñigo",
            "Begoña",
            "Luis",
            "Ximena",
            "Raúl",
            "Inés",
        ),
        _latin(
            "García",
            "Rodríguez",
            "Martínez",
            "Hernández",
            "López",
            "Muñoz",
            "Peña",
            "Ibáñez",
            "de la Cruz",
            "Núñez",
        ),
    ),
    Culture(
        "European",
        8,
        " ",
        _latin(
            "François",
            "Jürgen",
            "Søren",
            "Łukasz",
            "Åsa",
            "Zoé",
            "Björn",
            "Jiří",
            "Hélène",
            "Đorđe",
            "Małgorzata",
        ),
        _latin(
            "Müller",
            "Lefèvre",
            "Østergård",
            "Wiśniewski",
            "Dvořák",
            "Weiß",
            "Ångström",
            "Le Goff",
            "von Bülow",
        ),
    ),
    Culture(
        "Turkish",
        1,
        " ",
        # lower('İ') is one character or two, depending on who is asked (Unicode, SpecialCasing.txt).
        _latin("İbrahim", "Işıl", "Çağla", "Ömer", "Gülşen", "İpek"),
        _latin("Yılmaz", "Çelik", "Şahin", "İnan", "Öztürk", "Işık"),
    ),
    Culture(
        "Vietnamese",
        2,
        " ",
        _latin("Nguyên", "Thảo", "Đức", "Hạnh", "Phương", "Tuấn"),
        _latin("Nguyễn", "Trần", "Lê", "Phạm", "Đặng", "Huỳnh"),
    ),
    Culture(
        "Greek",
        1,
        " ",
        {"Γιώργος": "giorgos", "Μαρία": "maria", "Νίκος": "nikos", "Ελένη": "eleni", "Κώστας": "kostas"},
        {"Παπαδόπουλος": "papadopoulos", "Βλάχος": "vlachos", "Ιωάννου": "ioannou", "Οικονόμου": "oikonomou"},
    ),
    Culture(
        "Cyrillic",
        2,
        " ",
        {"Иван": "ivan", "Ольга": "olga", "Сергей": "sergei", "Наталія": "nataliia", "Ђорђе": "djordje"},
        {"Иванов": "ivanov", "Шевченко": "shevchenko", "Петрова": "petrova", "Соловьёв": "soloviev"},
    ),
    Culture(
        "Arabic",
        1,
        " ",
        {"محمد": "mohammed", "فاطمة": "fatima", "أحمد": "ahmed", "ليلى": "layla"},
        {"الحسن": "alhassan", "خوري": "khoury", "عبد الله": "abdullah", "حداد": "haddad"},
    ),
    Culture(
        "Hebrew",
        1,
        " ",
        {"דוד": "david", "רחל": "rachel", "נועה": "noa", "יוסף": "yosef"},
        {"כהן": "cohen", "לוי": "levi", "מזרחי": "mizrahi", "פרץ": "peretz"},
    ),
    Culture(
        "Han",
        2,
        "",
        {"小明": "xiaoming", "丽": "li", "伟": "wei", "秀英": "xiuying", "志強": "zhiqiang"},
        {"王": "wang", "李": "li", "陳": "chen", "欧阳": "ouyang", "張": "zhang"},
    ),
    Culture(
        "Kana",
        1,
        " ",
        {"さくら": "sakura", "ケンジ": "kenji", "はるか": "haruka"},
        {"タナカ": "tanaka", "サトウ": "sato", "ワタナベ": "watanabe"},
    ),
    Culture(
        "Hangul",
        1,
        "",
        {"민준": "minjun", "서연": "seoyeon", "지훈": "jihoon", "하은": "haeun"},
        {"김": "kim", "이": "lee", "박": "park", "최": "choi"},
    ),
    Culture(
        "Devanagari",
        1,
        " ",
        {"राहुल": "rahul", "प्रिया": "priya", "अमित": "amit", "दीपिका": "deepika"},
        {"शर्मा": "sharma", "पटेल": "patel", "सिंह": "singh", "गुप्ता": "gupta"},
    ),
)
