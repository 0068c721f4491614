-- Name and telephone for callers, with the city in a custom field; no e-mail address is sent.
SELECT
  amperity_id AS external_id
  , LOWER(full_name) AS name
  , phone AS phone
  , city AS "user_fields.city"
FROM Customer_360
