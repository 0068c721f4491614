-- Where people live, as typed by them. Rolls are per mille; a place abroad has neither state nor zip pattern.

CREATE TEMP MACRO messy_state(code, name, shape, roll) AS CASE
  WHEN roll < 20 THEN NULL
  WHEN roll < 25 THEN ''
  WHEN roll < 40 THEN nth(['ZZ', 'Unknown', 'N/A', 'XX', '12'], shape % 5)
  WHEN code IS NULL THEN NULL
  WHEN roll < 120 THEN name
  WHEN roll < 145 THEN lower(code)
  WHEN roll < 160 THEN lower(name)
  WHEN roll < 170 THEN upper(name)
  WHEN roll < 185 THEN ' ' || code || ' '
  WHEN roll < 190 THEN left(code, 1) || '.' || right(code, 1) || '.'
  ELSE code
END;

CREATE TEMP MACRO messy_city(city, roll) AS CASE
  WHEN roll < 20 THEN NULL
  WHEN roll < 70 THEN upper(city)
  WHEN roll < 90 THEN lower(city)
  WHEN roll < 105 THEN city || '  '
  ELSE city
END;

-- A zip code that went through a spreadsheet has lost its leading zero.
CREATE TEMP MACRO messy_postal(country, prefix, drawn, roll) AS CASE
  WHEN roll < 20 THEN NULL
  WHEN country = 'CA' THEN prefix || ' ' || drawn % 10 || chr(65 + (drawn % 12)::INTEGER) || drawn // 10 % 10
  WHEN country <> 'US' THEN prefix
  WHEN roll < 100 THEN prefix || digits(drawn, 2) || '-' || digits(drawn // 100, 4)
  WHEN roll < 115 THEN ltrim(prefix || digits(drawn, 2), '0')
  ELSE prefix || digits(drawn, 2)
END;

CREATE TEMP MACRO messy_country(country, roll) AS CASE
  WHEN roll < 20 THEN NULL
  WHEN roll < 70 AND country = 'US' THEN nth(['USA', 'United States', 'us', 'U.S.'], roll % 4)
  ELSE country
END;

CREATE TEMP MACRO street(number, drawn) AS number || ' ' || pick(
  ['Main', 'Oak', 'Maple', 'Cedar', 'Pine', 'Lake', 'Hill', 'Park', 'Washington', '2nd', '7th', 'St. Mary''s', 'Río Grande']
  , drawn
) || ' ' || pick(['St', 'Street', 'Ave', 'Avenue', 'Blvd', 'Rd', 'Dr', 'Ln'], drawn // 100);

CREATE TEMP MACRO messy_address(number, drawn, roll) AS CASE
  WHEN roll < 20 THEN NULL
  WHEN roll < 25 THEN ''
  WHEN roll < 45 THEN 'PO Box ' || number
  WHEN roll < 75 THEN upper(street(number, drawn))
  WHEN roll < 90 THEN ' ' || street(number, drawn) || ' '
  ELSE street(number, drawn)
END;

CREATE TEMP MACRO messy_address2(number, roll) AS CASE
  WHEN roll < 650 THEN NULL
  WHEN roll < 700 THEN ''
  WHEN roll < 850 THEN 'Apt ' || number % 40
  WHEN roll < 900 THEN 'Suite ' || number % 900
  WHEN roll < 930 THEN '#' || number % 40
  WHEN roll < 940 THEN 'c/o "Reception"'
  ELSE 'Unit ' || number % 20 || 'B'
END;
