-- Each row becomes a Zendesk user: output columns are user properties or user_fields.<key>.
SELECT
  amperity_id AS external_id
  , full_name AS name
  , email AS email
  , phone AS phone
  , city AS "user_fields.city"
  , state AS "user_fields.state"
  , loyalty_tier AS "user_fields.loyalty_tier"
  , round(lifetime_value, 2) AS "user_fields.lifetime_value"
FROM Customer_360
