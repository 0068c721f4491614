-- Names as forms and imports leave them. `roll` is per mille, `glue` stands between given name and surname.

CREATE TEMP MACRO whole_name(given, surname, glue) AS
  CASE WHEN glue = '' THEN surname || given ELSE given || glue || surname END;

CREATE TEMP MACRO messy_name(given, surname, glue, roll) AS CASE
  WHEN roll < 20 THEN NULL
  WHEN roll < 26 THEN ''
  WHEN roll < 32 THEN '   '
  WHEN roll < 62 THEN upper(whole_name(given, surname, glue))
  WHEN roll < 92 THEN lower(whole_name(given, surname, glue))
  WHEN roll < 107 THEN '  ' || whole_name(given, surname, glue) || ' '
  WHEN roll < 122 THEN given || '  ' || surname
  WHEN roll < 126 THEN whole_name(given, surname, glue) || chr(9)
  WHEN roll < 130 THEN given || chr(160) || surname
  WHEN roll < 140 THEN surname || ', ' || given
  WHEN roll < 146 THEN whole_name(given, surname, glue) || ' Jr.'
  WHEN roll < 150 THEN 'Dr. ' || whole_name(given, surname, glue)
  WHEN roll < 153 THEN given
  WHEN roll < 155 THEN whole_name(given, surname, glue) || ' 🌸'
  ELSE whole_name(given, surname, glue)
END;

CREATE TEMP MACRO messy_part(part, name_roll, roll) AS CASE
  WHEN name_roll < 32 OR roll < 10 THEN NULL
  WHEN roll < 20 THEN ' ' || part
  WHEN roll < 40 THEN upper(part)
  ELSE part
END;
