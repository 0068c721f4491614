-- North American numbers lie in exchange 555, which serves no subscribers (NANPA, "555 line numbers").

CREATE TEMP MACRO digits(drawn, places) AS lpad((drawn % (10 ** places)::UBIGINT)::VARCHAR, places, '0');

-- Ranges set aside for fiction: Ofcom (44), Bundesnetzagentur (49), ARCEP (33), ACMA (61).
CREATE TEMP MACRO foreign_phone(line, shape) AS CASE shape % 7
  WHEN 0 THEN '+44 20 7946 0' || left(line, 3)
  WHEN 1 THEN '+44 (0)20 7946 0' || left(line, 3)
  WHEN 2 THEN '+49 30 23125 ' || left(line, 3)
  WHEN 3 THEN '+33 1 99 00 ' || left(line, 2) || ' ' || right(line, 2)
  WHEN 4 THEN '+61 2 5550 ' || line
  WHEN 5 THEN '+52 55 1234 5678'
  ELSE '011 44 20 7946 0' || left(line, 3)
END;

-- Numbers that no telephone answers to.
CREATE TEMP MACRO hopeless_phone(area, line, shape) AS CASE shape % 14
  WHEN 0 THEN '0000000000'
  WHEN 1 THEN '1234567890'
  WHEN 2 THEN '9999999999'
  WHEN 3 THEN 'n/a'
  WHEN 4 THEN 'unknown'
  WHEN 5 THEN '555-' || line
  WHEN 6 THEN '555' || line
  WHEN 7 THEN line
  WHEN 8 THEN '0044 20 7946 0' || left(line, 3)
  WHEN 9 THEN area || '555' || line || '00'
  WHEN 10 THEN '(055) 555-' || line
  WHEN 11 THEN area || '-555-' || line || ' call after 5'
  WHEN 12 THEN '0' || area || ' 555 ' || line
  ELSE '-'
END;

CREATE TEMP MACRO plain_phone(area, line, shape) AS CASE shape % 16
  WHEN 0 THEN area || '-555-' || line
  WHEN 1 THEN area || '.555.' || line
  WHEN 2 THEN area || '555' || line
  WHEN 3 THEN '+1' || area || '555' || line
  WHEN 4 THEN '+1 (' || area || ') 555-' || line
  WHEN 5 THEN '1-' || area || '-555-' || line
  WHEN 6 THEN area || ' 555 ' || line
  WHEN 7 THEN '[' || area || '] 555 ' || line
  WHEN 8 THEN '1' || area || '555' || line
  WHEN 9 THEN '(' || area || ')555-' || line
  WHEN 10 THEN '+1-' || area || '-555-' || line
  WHEN 11 THEN ' ' || area || '-555-' || line || '  '
  WHEN 12 THEN area || '/555-' || line
  ELSE '(' || area || ') 555-' || line
END;

CREATE TEMP MACRO extended_phone(area, line, shape) AS
  plain_phone(area, line, shape // 3) || nth([' x123', ' ext. 4', ' Ext 2207'], shape % 3);

CREATE TEMP MACRO worded_phone(shape) AS pick(['1-800-FLOWERS', '1-888-TICKETS', '(800) GARDENS', '1-800-weather'], shape);

-- `roll` is per mille; a place abroad has no area code.
CREATE TEMP MACRO messy_phone(area, line, shape, roll) AS CASE
  WHEN roll < 40 THEN NULL
  WHEN roll < 47 THEN ''
  WHEN roll < 50 THEN '  '
  WHEN roll < 175 THEN hopeless_phone(coalesce(area, '206'), line, shape)
  WHEN roll < 205 OR area IS NULL THEN foreign_phone(line, shape)
  WHEN roll < 235 THEN extended_phone(area, line, shape)
  WHEN roll < 245 THEN worded_phone(shape)
  ELSE plain_phone(area, line, shape)
END;
