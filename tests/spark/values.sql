-- Values on which engines differ: nulls, blanks of Unicode, letters with odd capitals, halves, what is no number.
SELECT * FROM (VALUES
  (1, 'Ada Lovelace', 7, 12.345::DECIMAL(12,3), 1.005::DOUBLE, DATE '2024-02-29', TIMESTAMP '2024-02-29 13:14:15.5',
    TIMESTAMPTZ '2024-02-29 13:14:15+02', true, ['a', 'b'], '7.5', '2024-01-02')
  , (2, 'İstanbul ÉCOLE ΟΔΟΣ', -7, -12.5, -2.5, DATE '1999-12-31', TIMESTAMP '1999-12-31 23:59:59',
    TIMESTAMPTZ '1970-01-01 00:00:00+00', false, [], ' 42 ', '2024-1-2')
  , (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
  , (4, '', 0, 0, 'nan', DATE '1970-01-01', TIMESTAMP '1970-01-01 00:00:00', TIMESTAMPTZ '2000-01-01 00:00:00+00',
    true, [NULL, 'x'], '', '')
  , (5, E'\u00a0 x\ty\u3000\n', 3, 99999.995, 1e15, DATE '2023-01-31', TIMESTAMP '2023-01-31 00:00:00.123456',
    TIMESTAMPTZ '2024-07-01 12:00:00+00', NULL, ['z'], '-2.5', '2024-02-30')
  , (6, '😀 straße ŉ ǰ ﬁ ᾳ 123-45', 2, 2.5, 'inf', DATE '2024-12-30', TIMESTAMP '2024-12-30 10:00:00',
    TIMESTAMPTZ '2024-12-31 23:30:00+00', false, ['q', 'q', 'r'], '1e3', 'x')
  , (7, E'it''s "50%" \\ a_b$\r\nend', 1000000, 0.005, 0.125, DATE '2024-03-01', TIMESTAMP '2024-03-01 00:00:00',
    TIMESTAMPTZ '2024-03-01 00:00:00+00', true, ['é'], 'abc', '2024-01-02 10:00:00')
  , (8, 'Ada Lovelace', 7, 12.345, -0.125, DATE '2024-02-29', TIMESTAMP '2024-02-29 13:14:15.5',
    TIMESTAMPTZ '2024-02-29 13:14:15+02', true, ['a', 'b'], '0', '2024-01-02T')
  , (9, 'zz', -1, 33.335, 2.675, DATE '0001-01-01', TIMESTAMP '9999-12-31 23:59:59', TIMESTAMPTZ '2024-03-31 01:30:00+00',
    false, [''], '.5', '02024-01-02')
) AS v(id, s, i, d, f, dt, ts, tz, b, l, n, x)
