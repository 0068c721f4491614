-- Columns of Customer_360 under Zendesk's names; queries may read from zendesk_attributes.
SELECT
  amperity_id
  , amperity_id AS external_id
  , email AS email
  , full_name AS name
  , phone AS phone
FROM Customer_360
