-- The least that Zendesk asks for: a name, and something to know the person by.
SELECT
  amperity_id AS external_id
  , LOWER(full_name) AS name
  , email AS email
FROM Customer_360
