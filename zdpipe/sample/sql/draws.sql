-- Randomness that is arithmetic only: the same on every machine, in every version and with any number of threads.

-- The finalizer "lowbias32" (Ellis & Wellons, hash-prospector): a bijection of 32 bits, here in 64-bit integers.
CREATE TEMP MACRO fold_first(x) AS (xor(x, x >> 16) * 2146121005) & 4294967295;
CREATE TEMP MACRO fold_second(x) AS (xor(x, x >> 15) * 2221713035) & 4294967295;
CREATE TEMP MACRO fold_last(x) AS xor(x, x >> 16);
CREATE TEMP MACRO mix(x) AS fold_last(fold_second(fold_first(x)));

-- One constant per seed and word; MD5 because its value is fixed by RFC 1321.
CREATE TEMP MACRO key_of(word) AS ('0x' || left(md5(getvariable('seed') || '/' || word), 8))::UBIGINT;

-- A number from 0 to 4294967295 for a row number, and from such a number another one for each purpose.
CREATE TEMP MACRO hash_of(row_number) AS mix(xor(row_number::UBIGINT, key_of('row')));
CREATE TEMP MACRO draw(word, hash) AS mix(xor(hash, key_of(word)));
CREATE TEMP MACRO per_mille(word, hash) AS draw(word, hash) % 1000;

CREATE TEMP MACRO pick(options, drawn) AS options[1 + (drawn % len(options))::INTEGER];
CREATE TEMP MACRO nth(options, position) AS options[1 + position::INTEGER];
