"""The query of ten columns that everything here is measured with, over `zdpipe sample`."""

TEN = """
SELECT amperity_id AS external_id, full_name AS name, email AS email, phone AS phone,
  city AS "user_fields.city", state AS "user_fields.state", loyalty_tier AS "user_fields.loyalty_tier",
  lifetime_value AS "user_fields.lifetime_value", last_order_date AS "user_fields.last_order_date",
  email_opt_in AS "user_fields.email_opt_in"
FROM Customer_360
"""
# The same, as those need it who send what they read: users as Zendesk nests them, of values that JSON has.
NESTED = """
SELECT amperity_id AS external_id, full_name AS name, email AS email, phone AS phone, {
  'city': city, 'state': state, 'loyalty_tier': loyalty_tier, 'email_opt_in': email_opt_in,
  'last_order_date': CAST(last_order_date AS VARCHAR),
  'lifetime_value': CASE WHEN isfinite(lifetime_value) THEN lifetime_value END
} AS user_fields
FROM Customer_360
"""
