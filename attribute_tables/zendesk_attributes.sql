-- Customers under the names that Zendesk's built-in fields have, for other queries to select from.
-- The Amperity ID comes first and stays here: it is never sent under its own name.
SELECT
  amperity_id AS amperity_id
  , amperity_id AS external_id
  , email AS email
  , LOWER(full_name) AS name
  , phone AS phone
FROM Customer_360
