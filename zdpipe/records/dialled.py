"""What somebody would dial who reads a text as a telephone number, over whole columns.

This is how libphonenumber's parser takes a text apart, for the texts whose reading is plain: one number of
digits and usual punctuation, with or without words before it, letters in it and an extension behind it. All
other texts are left to the library itself.
"""

from __future__ import annotations

from string import ascii_uppercase

import polars as pl

from zdpipe.records.text import keep

# Full-width, Arabic-Indic and Persian digits, and the full-width plus sign.
FOLDED = {chr(zero + digit): str(digit) for zero in (0xFF10, 0x660, 0x6F0) for digit in range(10)} | {
    "＋": "+"
}
KEYPAD = dict(zip(ascii_uppercase, "22233344455566677778889999", strict=True))
LETTERS_THAT_DIAL = 3
LONGEST = 100

_SKIPPED = r" \u00a0()\[\].\-/\u2010-\u2015\u2212"
# Whatever comes before the first digit or plus sign; parameters begin with a semicolon.
_BEFORE = r"^[ -*,-/:<-~\u00a0]*"
_AFTER = r"[ -\"$-+\--/:<-@\[-`{-~\u00a0]*$"
_DIGITS = rf"[{_SKIPPED}]*[0-9](?:[{_SKIPPED}]*[0-9]){{2,}}"
_PLAIN = rf"{_BEFORE}(\+?)({_DIGITS}){_AFTER}"
_LABEL = (
    r"(?:(?:e?xt(?:ensio)?n?|anexo)[:.]?[ \u00a0,\-]*[0-9]{1,20}|(?:x|int|#)[:.]?[ \u00a0,\-]*[0-9]{1,9})"
)
_EXTENDED = rf"(?i){_BEFORE}(\+?)({_DIGITS})[ \u00a0()\[\].\-]*[ ,\u00a0]*{_LABEL}#?{_AFTER}"
_DIALLED = rf"[{_SKIPPED.replace('/', '')}]"
_WORDS = rf"(?:{_DIALLED}*[0-9]){{3}}(?:{_DIALLED}|[0-9A-Za-z])*[A-Za-z](?:{_DIALLED}|[0-9])*"
_LETTERED = rf"{_BEFORE}(\+?)({_WORDS}){_AFTER}"
# Letters that end a word for an extension, with digits behind it.
_MAYBE_EXTENSION = r"(?i)[xtno][ \u00a0().\-\[\]\u2010-\u2015\u2212]*[0-9][^a-z]*$"


def dialled(text: pl.Series) -> pl.DataFrame:
    """Return of each text: digits, plus (a plus sign is before them), dropped (an extension was), read.

    Digits are null where a text is not read here, and where it surely is no number: `read` is true for these.
    """
    folded = _folded(text)
    plain = folded.str.extract_groups(_PLAIN).struct
    odd = plain.field("2").is_null()
    extended = keep(folded, odd).str.extract_groups(_EXTENDED).struct
    # Where letters dial, the library's own keypad has ASCII digits only and skips all others.
    lettered = keep(text, odd & extended.field("2").is_null()).str.extract_groups(_LETTERED).struct
    columns = pl.DataFrame(
        {
            "text": folded,
            "plain": plain.field("2"),
            "extended": extended.field("2"),
            "lettered": _by_keypad(lettered.field("2")),
            "signs": pl.select(
                pl.coalesce(plain.field("1"), extended.field("1"), lettered.field("1"), pl.lit(""))
            ).to_series(),
        }
    )
    number = pl.coalesce("plain", "extended", "lettered").str.replace_all("[^0-9]+", "")
    short = pl.col("text").str.len_chars() <= LONGEST
    return columns.select(
        digits=pl.when(short).then(number),
        plus=pl.col("signs") == "+",
        dropped=pl.col("plain").is_null() & pl.col("extended").is_not_null(),
        read=(short & number.is_not_null()) | ~pl.col("text").str.contains(r"\d"),
    )


def _folded(text: pl.Series) -> pl.Series:
    if (text.str.len_bytes() == text.str.len_chars()).all():
        return text
    return text.str.replace_many(FOLDED)


def _by_keypad(text: pl.Series) -> pl.Series:
    """Return texts with letters as the digits of a keypad, or without them where they are too few to dial."""
    column = pl.col("text")
    sure = pl.when(~column.str.contains(_MAYBE_EXTENSION)).then(column)
    letters = column.str.count_matches("[A-Za-z]")
    found = (
        pl.when(letters >= LETTERS_THAT_DIAL)
        .then(sure.str.to_uppercase().str.replace_many(KEYPAD))
        .otherwise(sure)
    )
    return text.alias("text").to_frame().select(found).to_series()
