-- Customers with an e-mail address, out of the attribute table, which has Zendesk's column names already.
SELECT
  external_id AS external_id
  , name AS name
  , email AS email
  , phone AS phone
FROM zendesk_attributes
WHERE email IS NOT NULL
