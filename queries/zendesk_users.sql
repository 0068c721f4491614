-- Everything an agent wants to see beside a ticket: how to reach the customer, where they live,
-- and what they are worth to us. The Amperity ID becomes the external ID, by which Zendesk knows
-- the person again; columns named user_fields.* fill the custom fields of the same key.
SELECT
  amperity_id AS external_id
  , LOWER(full_name) AS name
  , email AS email
  , phone AS phone
  , address AS "user_fields.address"
  , address2 AS "user_fields.address2"
  , city AS "user_fields.city"
  , state AS "user_fields.state"
  , postal AS "user_fields.postal"
  , loyalty_tier AS "user_fields.loyalty_tier"
  , loyalty_points AS "user_fields.loyalty_points"
  , lifetime_value AS "user_fields.lifetime_value"
  , order_count AS "user_fields.order_count"
  , last_order_date AS "user_fields.last_order_date"
  , email_opt_in AS "user_fields.email_opt_in"
  , churn_likelihood AS "user_fields.churn_likelihood"
FROM Customer_360
