-- Numbers and dates. `share` lies above 0 and is at most 1.

CREATE TEMP MACRO share(drawn) AS (drawn + 1) / 4294967296;

-- A Pareto tail from division and square roots, which IEEE 754 rounds alike on every machine.
CREATE TEMP MACRO spent(drawn) AS 30 / (sqrt(share(drawn)) * sqrt(sqrt(share(drawn))));
CREATE TEMP MACRO cents(amount) AS floor(amount * 100)::BIGINT;

CREATE TEMP MACRO messy_value(amount, orders, roll) AS CASE
  WHEN roll < 30 THEN NULL
  WHEN roll < 35 THEN 'nan'::DOUBLE
  WHEN roll < 38 THEN 'infinity'::DOUBLE
  WHEN roll < 40 THEN '-infinity'::DOUBLE
  WHEN roll < 45 THEN -cents(amount) / 100
  WHEN orders = 0 THEN 0
  WHEN roll < 75 THEN (cents(amount) * 10 + 5) / 1000
  WHEN roll < 105 THEN amount
  ELSE cents(amount) / 100
END;

CREATE TEMP MACRO orders(drawn) AS floor(9 / sqrt(share(drawn)))::INTEGER - 9;

CREATE TEMP MACRO messy_tier(drawn, roll) AS CASE
  WHEN roll < 300 THEN NULL
  WHEN roll < 305 THEN ''
  WHEN roll < 325 THEN lower(nth(['Bronze', 'Silver', 'Gold', 'Platinum'], drawn % 4))
  ELSE pick(['Bronze', 'Bronze', 'Bronze', 'Bronze', 'Silver', 'Silver', 'Silver', 'Gold', 'Gold', 'Platinum'], drawn)
END;
