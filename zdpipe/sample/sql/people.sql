-- Whose row it is. A copy of any kind is of an earlier row that is nobody's copy, so no row depends on later ones.

-- `roll` is per mille.
CREATE TEMP MACRO first_guess(roll) AS CASE
  WHEN roll < 15 THEN 'family'
  WHEN roll < 36 THEN 'other email'
  WHEN roll < 47 THEN 'repeat'
  WHEN roll < 53 THEN 'conflict'
  WHEN roll < 56 THEN 'other case'
  ELSE 'first'
END;

-- Only every eighth row is copied, so that some are copied twice.
CREATE TEMP MACRO earlier_row(row_number, drawn) AS (drawn % greatest(row_number, 1)::UBIGINT) // 8 * 8;

-- 32 hexadecimal digits as a random UUID is written (RFC 9562, version 4).
CREATE TEMP MACRO uuid_text(hex) AS
  left(hex, 8) || '-' || substr(hex, 9, 4) || '-4' || substr(hex, 14, 3) || '-a' || substr(hex, 18, 3) || '-' || right(hex, 12);

-- A table is read by several threads, range() by one.
CREATE TEMP TABLE counted AS SELECT n AS number FROM range(getvariable('rows_at_once')) AS numbers(n);

-- Gives per row: kind, the hexadecimal id, a number to draw from for the person, the home, the telephone line and
-- the mailbox (`mail`, beside its plain number), and one for how this person types that mailbox's address.
-- Every nesting of draws is a step of its own, because a macro repeats its argument's text.
CREATE TEMP MACRO people(first_row, end_row) AS TABLE
WITH numbered AS (
  SELECT
    first_row + number AS row_number
    , hash_of(first_row + number) AS hash
  FROM counted
  WHERE number < end_row - first_row
)
, guessed AS (
  SELECT
    row_number
    , per_mille('kind', hash) AS roll
    , draw('copied', hash) AS drawn
  FROM numbered
)
, linked AS (
  SELECT
    row_number
    , first_guess(roll) AS guess
    , earlier_row(row_number, drawn) AS copied
    , hash_of(earlier_row(row_number, drawn)) AS copied_hash
  FROM guessed
)
, judged AS (
  SELECT
    row_number
    , guess
    , copied
    , per_mille('kind', copied_hash) AS copied_roll
  FROM linked
)
, decided AS (
  SELECT
    row_number
    , copied
    , CASE WHEN row_number > 0 AND first_guess(copied_roll) = 'first' THEN guess ELSE 'first' END AS kind
  FROM judged
)
, keyed AS (
  SELECT
    kind
    , CASE WHEN kind IN ('first', 'family') THEN row_number ELSE copied END AS person
    , CASE WHEN kind = 'first' THEN row_number ELSE copied END AS home
    , CASE WHEN kind IN ('first', 'other email') THEN row_number ELSE copied END AS mailbox
    , CASE WHEN kind IN ('first', 'family', 'conflict') THEN row_number ELSE copied END AS line
  FROM decided
)
, hashed AS (
  SELECT
    kind
    , mailbox
    , md5(getvariable('seed') || '/id/' || person) AS id
    , hash_of(person) AS person
    , hash_of(home) AS home
    , hash_of(line) AS line
    , hash_of(mailbox) AS mailbox_hash
  FROM keyed
)
, mailed AS (
  SELECT
    *
    , draw('mail', mailbox_hash) AS mail
  FROM hashed
)
SELECT
  kind
  , id
  , person
  , home
  , line
  , mailbox
  , mail
  , mix(xor(mail, person)) AS typed
FROM mailed;
