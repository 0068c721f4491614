-- Customers as nobody wants them: twice, in other case, without a name, with numbers that are none.
SELECT id, name, email, phone, number, amount, wide, share, born, seen, moment, flag, labels, note FROM (VALUES
  ('A1', ' Ada   Lovelace ', 'Ada@Example.com ', '(212) 736-5000', 7, 12.345::DECIMAL(12,3), 1.10::DECIMAL(20,1),
    1.005::DOUBLE, DATE '1815-12-10', TIMESTAMP '2024-02-29 13:14:15.5', TIMESTAMPTZ '2024-02-29 13:14:15+02', true,
    ['vip', 'Önologie'], 'İSTANBUL ΟΔΟΣ')
  , ('a1', 'Ada Lovelace', 'ada@example.com', '(212) 736-5000', 7, 12.345, 1.1, 1.005, DATE '1815-12-10',
    TIMESTAMP '2024-02-29 13:14:15.5', TIMESTAMPTZ '2024-02-29 11:14:15+00', true, ['vip', 'Önologie'], 'istanbul')
  , ('A1', 'Ada Lovelace', 'ada@work.example', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
  , ('B2', 'Bob', 'shared@example.com', '12', -1, 99999999.995, 123456789012345678.9, 'nan', DATE '0001-01-01',
    TIMESTAMP '9999-12-31 23:59:59', TIMESTAMPTZ '1970-01-01 00:00:00+00', false, [], '')
  , ('C3', 'Cleo', 'shared@example.com', '+44 20 7946 0958', 0, 0.005, 0.0, 'inf', DATE '1970-01-01',
    TIMESTAMP '1970-01-01 00:00:00.000001', TIMESTAMPTZ '2024-03-31 01:30:00+00', NULL, [NULL, 'x'], '   ')
  , (NULL, 'Dora 😀 Straße', 'dora@example.com', NULL, 2147483647, -0.005, -0.1, -2.5, NULL, NULL, NULL, true,
    ['a', 'a'], E'tab\tline\nend')
  , ('E5', '  ', 'e@example.com', NULL, 1, 1, 1, 1, NULL, NULL, NULL, NULL, NULL, NULL)
  , (NULL, 'Nobody', 'not an address', NULL, 1, 1, 1, 1, NULL, NULL, NULL, NULL, NULL, NULL)
  , ('F6', 'Fay', 'broken@', '555-555-5555', 1, 1, 1, 1e15, NULL, NULL, NULL, false, NULL, '\ "quoted" ''text''')
  , ('B2', 'Bob', 'shared@example.com', '12', -1, 99999999.995, 123456789012345678.9, 'nan', DATE '0001-01-01',
    TIMESTAMP '9999-12-31 23:59:59', TIMESTAMPTZ '1970-01-01 00:00:00+00', false, [], '')
) AS v(id, name, email, phone, number, amount, wide, share, born, seen, moment, flag, labels, note)
