-- Addresses in the domains reserved for documentation (RFC 2606); the number keeps two mailboxes apart.

CREATE TEMP MACRO mail_user(given, surname, number, shape) AS CASE shape
  WHEN 0 THEN given || '.' || surname || number
  WHEN 1 THEN left(given, 1) || surname || number
  WHEN 2 THEN given || '_' || surname || number
  ELSE given || number
END;

CREATE TEMP MACRO mail_domain(drawn) AS pick(
  ['example.com', 'example.com', 'example.org', 'example.net', 'mail.example.com', 'post.example.org']
  , drawn
);

CREATE TEMP MACRO malformed_email(user, domain, shape) AS CASE shape
  WHEN 0 THEN user || domain
  WHEN 1 THEN user || '@@' || domain
  WHEN 2 THEN user || '@' || domain || '@example.com'
  WHEN 3 THEN user || '@' || domain || '.'
  WHEN 4 THEN user || ' @' || domain
  WHEN 5 THEN user || '@'
  WHEN 6 THEN user || '@' || replace(domain, '.', ',')
  WHEN 7 THEN 'none'
  WHEN 8 THEN '@' || domain
  ELSE user || '@' || replace(domain, '.', '..')
END;

-- `roll` is per mille.
CREATE TEMP MACRO messy_email(user, domain, shape, roll) AS CASE
  WHEN roll < 22 THEN NULL
  WHEN roll < 27 THEN ''
  WHEN roll < 30 THEN '  '
  WHEN roll < 45 THEN malformed_email(user, domain, shape)
  WHEN roll < 75 THEN upper(user || '@' || domain)
  WHEN roll < 95 THEN upper(left(user, 1)) || substr(user, 2) || '@' || upper(left(domain, 1)) || substr(domain, 2)
  WHEN roll < 110 THEN '  ' || user || '@' || domain || ' '
  WHEN roll < 115 THEN user || '@' || domain || chr(9)
  WHEN roll < 140 THEN user || '+news@' || domain
  ELSE user || '@' || domain
END;
