-- Prints the tokens of a thousand sessions of as many accounts, evenly spread over those that benches/growth.sql has made:
--   psql --tuples-only --no-align --set=users=1000000 --file=benches/growth-cookies.sql "$DATABASE_URL"
SELECT rtrim(translate(encode(sha256(convert_to('session ' || n * (:users / 1000), 'UTF8')), 'base64'), '+/', '-_'), '=')
FROM generate_series(1, 1000) AS n;
