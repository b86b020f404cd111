-- Fills an empty, migrated database with accounts that have settings, sessions and events:
--   psql --set=users=1000000 --file=benches/growth.sql "$DATABASE_URL"
-- Session number n of 1 to 5 * users has the token sha256('session ' || n); benches/growth-cookies.sql prints cookies. So
-- never run it on a database that a real site uses. For PostgreSQL: CockroachDB's sha256() returns text.

-- Each in-between result is in the tables themselves: ids are digests of numbers, so they are as scattered as random ones.
INSERT INTO users (id, email, display_name, password_hash, created_at, updated_at, card_enabled, language, time_zone,
    disabled_at, delete_after)
SELECT md5('user ' || n)::UUID,
    'user' || lpad(n::TEXT, 8, '0') || '@example.com',
    'User ' || n,
    '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    now() - n % 1000 * INTERVAL '1 day',
    now() - n % 30 * INTERVAL '1 day',
    n % 2 = 0,
    CASE n % 3 WHEN 0 THEN 'en' WHEN 1 THEN 'de' END,
    CASE n % 3 WHEN 0 THEN 'Europe/Berlin' END,
    CASE n % 1000 WHEN 500 THEN now() END,
    CASE n % 1000 WHEN 501 THEN now() + INTERVAL '7 days' END
FROM generate_series(1, :users) AS n;

INSERT INTO sessions (id, user_id, token_digest, user_agent, client_address, created_at, last_used_at, expires_at,
    absolute_expires_at)
SELECT md5('session ' || n)::UUID,
    md5('user ' || (n - 1) % :users + 1)::UUID,
    sha256(sha256(convert_to('session ' || n, 'UTF8'))),
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    '10.' || n % 256 || '.' || n / 256 % 256 || '.7',
    now() - n % 240 * INTERVAL '1 minute',
    now() - n % 30 * INTERVAL '1 second',
    now() + INTERVAL '1 day',
    now() + INTERVAL '1 day'
FROM generate_series(1, 5 * :users) AS n;

INSERT INTO security_events (id, user_id, kind, user_agent, client_address, created_at, expires_at)
SELECT md5('event ' || n)::UUID,
    md5('user ' || (n - 1) % :users + 1)::UUID,
    CASE n % 3 WHEN 0 THEN 'signed-in' WHEN 1 THEN 'signed-out' ELSE 'name-changed' END,
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    '10.' || n % 256 || '.' || n / 256 % 256 || '.7',
    now() - n % 399 * INTERVAL '1 day',
    now() + (400 - n % 399) * INTERVAL '1 day'
FROM generate_series(1, 3 * :users) AS n;

-- One account with a long history: 1,000 sessions and 10,000 events more.
INSERT INTO sessions (user_id, token_digest, user_agent, client_address, last_used_at, expires_at, absolute_expires_at)
SELECT md5('user 1')::UUID,
    sha256(convert_to('further session ' || n, 'UTF8')),
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    '192.0.2.7',
    now() - n * INTERVAL '1 minute',
    now() + INTERVAL '1 day',
    now() + INTERVAL '1 day'
FROM generate_series(1, 1000) AS n;

INSERT INTO security_events (user_id, kind, user_agent, client_address, created_at, expires_at)
SELECT md5('user 1')::UUID,
    'signed-in',
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    '192.0.2.7',
    now() - n * INTERVAL '1 minute',
    now() + INTERVAL '400 days'
FROM generate_series(1, 10000) AS n;

VACUUM ANALYZE;
