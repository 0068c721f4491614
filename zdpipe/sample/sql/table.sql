CREATE TABLE Customer_360 (
  amperity_id VARCHAR
  , full_name VARCHAR
  , given_name VARCHAR
  , surname VARCHAR
  , email VARCHAR
  , phone VARCHAR
  , address VARCHAR
  , address2 VARCHAR
  , city VARCHAR
  , state VARCHAR
  , postal VARCHAR
  , country VARCHAR
  , birthdate DATE
  , loyalty_tier VARCHAR
  , loyalty_points BIGINT
  , lifetime_value DOUBLE
  , order_count INTEGER
  , last_order_date DATE
  , email_opt_in BOOLEAN
  , churn_likelihood DOUBLE
);
