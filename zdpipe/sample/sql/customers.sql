-- The rows from $first_row up to, not including, $end_row: every draw is made once, then given its mess.
INSERT INTO Customer_360 BY NAME
WITH drawn AS (
  SELECT
    *
    , nth(getvariable('culture_of_hundred'), draw('culture', home) % 100) AS culture
    , nth(getvariable('place_of_hundred'), draw('place', home) % 100) AS place
    , draw('given', person) AS given_draw
    , draw('given', home) AS owner_draw
    , draw('surname', home) AS surname_draw
    , per_mille('name mess', person) AS name_roll
    , per_mille('given mess', person) AS given_roll
    , per_mille('surname mess', person) AS surname_roll
    , draw('mail shape', mail) AS mail_draw
    , draw('mail domain', mail) AS domain_draw
    , per_mille('mail mess', typed) AS mail_roll
    , digits(draw('line', line), 4) AS line_digits
    , draw('phone shape', line) AS phone_draw
    , per_mille('phone mess', line) AS phone_roll
    , 1 + draw('house', home) % 9900 AS house
    , draw('street', home) AS street_draw
    , per_mille('address mess', person) AS address_roll
    , per_mille('address2', home) AS address2_roll
    , per_mille('city mess', person) AS city_roll
    , draw('state shape', person) AS state_draw
    , per_mille('state mess', person) AS state_roll
    , draw('postal', home) AS postal_draw
    , per_mille('postal mess', person) AS postal_roll
    , per_mille('country mess', person) AS country_roll
    , draw('birth', person) AS birth_draw
    , per_mille('birth mess', person) AS birth_roll
    , draw('tier', person) AS tier_draw
    , per_mille('tier mess', person) AS tier_roll
    , draw('points', person) AS points_draw
    , spent(draw('spent', person)) AS amount
    , per_mille('value mess', person) AS value_roll
    , orders(draw('orders', person)) AS order_count
    , draw('last order', person) AS last_draw
    , per_mille('opt in', person) AS opt_roll
    , draw('churn', person) AS churn_draw
    , per_mille('churn mess', person) AS churn_roll
  FROM people($first_row, $end_row)
)
, placed AS (
  SELECT
    *
    , nth(getvariable('glue'), culture) AS glue
    , nth(getvariable('first_given'), culture) + given_draw % nth(getvariable('givens'), culture) AS given_at
    , nth(getvariable('first_given'), culture) + owner_draw % nth(getvariable('givens'), culture) AS owner_at
    , nth(getvariable('first_surname'), culture) + surname_draw % nth(getvariable('surnames'), culture) AS surname_at
    , nth(getvariable('area'), place) AS area
    , nth(getvariable('country'), place) AS place_country
  FROM drawn
)
, worded AS (
  SELECT
    *
    , nth(getvariable('given'), given_at) AS given
    , nth(getvariable('surname'), surname_at) AS family_name
    , mail_user(
      nth(getvariable('given_latin'), owner_at), nth(getvariable('surname_latin'), surname_at), mailbox, mail_draw % 4
    ) AS mail_name
    , mail_domain(domain_draw) AS domain
    , messy_tier(tier_draw, tier_roll) AS tier
  FROM placed
)
SELECT
  CASE WHEN kind = 'other case' THEN upper(uuid_text(id)) ELSE uuid_text(id) END AS amperity_id
  , messy_name(given, family_name, glue, name_roll) AS full_name
  , messy_part(given, name_roll, given_roll) AS given_name
  , messy_part(family_name, name_roll, surname_roll) AS surname
  , messy_email(mail_name, domain, mail_draw // 4 % 10, mail_roll) AS email
  , messy_phone(area, line_digits, phone_draw, phone_roll) AS phone
  , messy_address(house, street_draw, address_roll) AS address
  , messy_address2(house, address2_roll) AS address2
  , messy_city(nth(getvariable('city'), place), city_roll) AS city
  , messy_state(nth(getvariable('state'), place), nth(getvariable('state_name'), place), state_draw, state_roll) AS state
  , messy_postal(place_country, nth(getvariable('postal'), place), postal_draw, postal_roll) AS postal
  , messy_country(place_country, country_roll) AS country
  , CASE WHEN birth_roll >= 150 THEN DATE '1938-01-01' + (birth_draw % 25500)::INTEGER END AS birthdate
  , tier AS loyalty_tier
  , CASE WHEN trim(tier) <> '' THEN (points_draw % 250 * (points_draw // 250 % 250))::BIGINT END AS loyalty_points
  , messy_value(amount, order_count, value_roll) AS lifetime_value
  , order_count AS order_count
  , CASE WHEN order_count > 0 THEN DATE '2025-12-31' - (last_draw % 1400)::INTEGER END AS last_order_date
  , CASE WHEN opt_roll >= 30 THEN opt_roll % 3 > 0 END AS email_opt_in
  , CASE WHEN churn_roll >= 30 THEN share(churn_draw) END AS churn_likelihood
FROM worded;
