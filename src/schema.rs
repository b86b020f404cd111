// @generated automatically by Diesel CLI.

diesel::table! {
    /// Personal access tokens: with one, a program uses the API for the user who made it.
    access_tokens (token_digest) {
        /// The SHA-256 digest of the token. The token itself is not stored.
        token_digest -> Bytea,
        /// Identifies the token in URLs and logs. It gives no access.
        id -> Uuid,
        /// The account that the token opens.
        user_id -> Uuid,
        /// The name by which its owner tells the token from the others.
        name -> Text,
        /// What the token may do, separated by spaces.
        scopes -> Text,
        /// The time at which the token was made.
        created_at -> Timestamptz,
        /// The time of the last use, to the minute. NULL: it was not used.
        last_used_at -> Nullable<Timestamptz>,
        /// The time from which the token no longer works.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// Other applications of the team, which ask users for confirmations.
    applications (id) {
        /// Identifies the application. Receipts name it as their audience.
        id -> Uuid,
        /// The name that users see.
        name -> Text,
        /// The one origin to which users return after a confirmation, as browsers spell it.
        return_origin -> Text,
        /// The URL that gets each receipt. NULL: none.
        webhook_url -> Nullable<Text>,
        /// The SHA-256 digest of the secret. The secret itself is not stored.
        secret_digest -> Bytea,
        /// The SHA-256 digest of the secret before the last rotation. NULL: none was rotated.
        former_secret_digest -> Nullable<Bytea>,
        /// The time from which the former secret no longer works.
        former_secret_ends_at -> Nullable<Timestamptz>,
        /// The time at which an operator registered the application.
        created_at -> Timestamptz,
        /// The time at which an operator disabled the application. NULL: it works.
        disabled_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Authenticator apps, which show a new code every 30 seconds (TOTP, RFC 6238).
    authenticators (id) {
        /// Identifies the authenticator.
        id -> Uuid,
        /// The account whose second factor it is.
        user_id -> Uuid,
        /// The name that its owner gave it.
        name -> Text,
        /// The shared secret, encrypted with a key derived from SECRET_KEY.
        sealed_secret -> Bytea,
        /// The time step of the last code that was accepted. A code of this step or an earlier one is refused.
        last_step -> Int8,
        /// The time at which it was added.
        created_at -> Timestamptz,
        /// The time of its last use. NULL: not since it was added.
        last_used_at -> Nullable<Timestamptz>,
        /// The number of the undo link of its addition.
        added_number -> Int8,
        /// The number of the undo link of its removal, which can restore it. NULL: it is in use.
        removed_number -> Nullable<Int8>,
        /// The time from which a removed one may be deleted. NULL: it is in use.
        delete_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// What other applications ask users to confirm, and what the users decided.
    confirmations (id) {
        /// Identifies the confirmation, also in its web address. Only its user and its application can see it.
        id -> Uuid,
        /// The application that asks.
        application_id -> Uuid,
        /// The account that is asked.
        user_id -> Uuid,
        /// The name of the application, as it is shown.
        application_name -> Text,
        /// What the application asks for, as it is shown.
        title -> Text,
        /// The details as JSON: an array of objects with a label and a value, in the order in which they are shown.
        details -> Text,
        /// normal, or high: only a second factor is a proof then.
        danger -> Text,
        /// Where the user goes afterwards, on the registered origin of the application.
        return_url -> Text,
        /// The time at which the application asked.
        created_at -> Timestamptz,
        /// The time from which it can no longer be decided.
        expires_at -> Timestamptz,
        /// approved, declined or withdrawn. NULL: not decided, or expired. It is set once.
        outcome -> Nullable<Text>,
        /// The time of the outcome.
        decided_at -> Nullable<Timestamptz>,
        /// The kind of proof of an approval: password, totp, passkey or recovery_code.
        proof -> Nullable<Text>,
        /// The signed receipt of an approval or a refusal: a compact JWS.
        receipt -> Nullable<Text>,
        /// The time from which the row may be deleted. Until then the application can read the outcome.
        delete_at -> Timestamptz,
    }
}

diesel::table! {
    /// Confirmed exports of an account that can be downloaded.
    data_exports (token_digest) {
        /// The SHA-256 digest of the token in the download's URL. The token itself is not stored.
        token_digest -> Bytea,
        /// The account whose data can be downloaded.
        user_id -> Uuid,
        /// The session that confirmed the export. Only this session can download it.
        session_id -> Uuid,
        /// The time at which the export was confirmed.
        created_at -> Timestamptz,
        /// The time from which it can no longer be downloaded.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// New email addresses that wait for the link mailed to them.
    email_changes (token_digest) {
        /// The SHA-256 digest of the token in the mailed link. The token itself is not stored.
        token_digest -> Bytea,
        /// The account whose email address changes.
        user_id -> Uuid,
        /// The account's email address when the change was confirmed. The link works only while it is still the account's.
        old_email -> Text,
        /// The email address that the link proves.
        new_email -> Text,
        /// The time at which the link was queued.
        created_at -> Timestamptz,
        /// The time from which the link no longer works.
        expires_at -> Timestamptz,
        /// The time at which the new email address took effect.
        confirmed_at -> Nullable<Timestamptz>,
        /// The time at which the change was stopped or replaced by a later one.
        withdrawn_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Refused attempts to load our pages in a frame or ahead of time, counted by embedding origin. The number of rows is limited.
    framing_attempts (origin) {
        /// The scheme, host and port of the embedding page as the browser reported them; "unknown"; or "(others)" beyond the limit.
        origin -> Text,
        /// All refused attempts of the origin.
        attempts -> Int8,
        /// Attempts that the browser marked as cross-site.
        cross_site -> Int8,
        /// Attempts from another host of our own site.
        same_site -> Int8,
        /// Loads into an iframe element.
        iframe -> Int8,
        /// Loads into a frame of a frameset.
        frame -> Int8,
        /// Loads into an object element.
        object -> Int8,
        /// Loads into an embed element.
        embed -> Int8,
        /// Forms sent into a frame or from inside one.
        post_from_frame -> Int8,
        /// Prefetches and prerenders.
        prefetch -> Int8,
        /// Loads into any other destination.
        other -> Int8,
        /// The time of the first recorded attempt.
        first_seen_at -> Timestamptz,
        /// The time of the last recorded attempt.
        last_seen_at -> Timestamptz,
        /// The time at which the row is deleted. Each new attempt moves it ahead.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// Answers of the API to requests with an Idempotency-Key, so that a repeated request is answered and not carried out again.
    idempotency_keys (caller_id, key_digest) {
        /// The application or the access token that sent the request.
        caller_id -> Uuid,
        /// The SHA-256 digest of the key.
        key_digest -> Bytea,
        /// The SHA-256 digest of the request. Another request with the same key is refused.
        request_digest -> Bytea,
        /// The status of the answer. 0: the request is being carried out, in the transaction that wrote the row.
        status -> Int8,
        /// The header Location of the answer.
        location -> Nullable<Text>,
        /// The JSON of the answer.
        body -> Text,
        /// The time of the request.
        created_at -> Timestamptz,
        /// The time from which the key can be used again.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// Tasks that only one process may do at a time. CockroachDB has no advisory locks, so a row stands for each lock.
    leases (name) {
        /// The task.
        name -> Text,
        /// A random number that identifies the process that holds the lease.
        holder -> Uuid,
        /// The end of the lease. The holder moves it ahead; once it has passed, another process may take the lease.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// The outbox. A mail is queued in the transaction that it reports, sent after that, and deleted once sent.
    outgoing_mails (id) {
        /// Identifies the mail. It is also the Message-ID, so that mail programs recognise a mail that is sent twice.
        id -> Uuid,
        /// The recipient's email address in its normal form.
        recipient -> Text,
        /// The Subject header.
        subject -> Text,
        /// The plain text, encrypted with a key derived from SECRET_KEY, because its link gives access to an account.
        sealed_body -> Bytea,
        /// The number of attempts to send it so far.
        attempts -> Int8,
        /// The earliest time of the next attempt. Each claim moves it ahead.
        next_attempt_at -> Timestamptz,
        /// The time at which the mail was queued.
        created_at -> Timestamptz,
        /// The time at which an unsent mail is given up and deleted.
        expires_at -> Timestamptz,
        /// The language tag of the text.
        language -> Text,
    }
}

diesel::table! {
    /// Receipts on their way to applications. Each is queued in the transaction that decides, and deleted once it was taken.
    outgoing_webhooks (id) {
        /// Identifies the message, also when it is sent again.
        id -> Uuid,
        /// The application that gets it.
        application_id -> Uuid,
        /// Where it is sent.
        url -> Text,
        /// The receipt: a compact JWS.
        receipt -> Text,
        /// The number of attempts to send it so far.
        attempts -> Int8,
        /// The earliest time of the next attempt. Each claim moves it ahead.
        next_attempt_at -> Timestamptz,
        /// The time at which it was queued.
        created_at -> Timestamptz,
        /// The time at which it is given up and deleted.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// Passkeys (W3C Web Authentication): one row per passkey that a user added to the account.
    passkeys (id) {
        /// Identifies the passkey in URLs and logs.
        id -> Uuid,
        /// The account that the passkey opens. It is the user handle in the authenticator.
        user_id -> Uuid,
        /// The name that the user gave it.
        name -> Text,
        /// The id that the authenticator gave it.
        credential_id -> Bytea,
        /// The public key, the signature counter and the backup flags as JSON with the version of the format.
        credential -> Text,
        /// The time at which the challenge of the last use was served. Only a later challenge counts, so that no answer counts twice. NULL: never used.
        last_challenge_at -> Nullable<Timestamptz>,
        /// The time of the last use. NULL: never used.
        last_used_at -> Nullable<Timestamptz>,
        /// The time at which the user added it.
        created_at -> Timestamptz,
        /// The number of the undo link of the change that added it.
        added_number -> Int8,
        /// The number of the undo link of its removal, which can restore it. NULL: it is in use.
        removed_number -> Nullable<Int8>,
        /// The time from which the row of a removed passkey may be deleted. NULL: it was not removed.
        delete_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Links, mailed to users who forgot their password, with which they choose a new one.
    password_resets (token_digest) {
        /// The SHA-256 digest of the token in the mailed link. The token itself is not stored.
        token_digest -> Bytea,
        /// The account that gets the new password. A made-up one, if no account had the email address.
        user_id -> Uuid,
        /// The email address that the link was mailed to. The link works only while the account has it.
        email -> Text,
        /// The time at which the link was queued.
        created_at -> Timestamptz,
        /// The time from which the link no longer works.
        expires_at -> Timestamptz,
        /// The time at which a link of the account was used. Then all its links are void.
        used_at -> Nullable<Timestamptz>,
        /// The time at which the row may be deleted. Until then its page can say why the link no longer works.
        delete_at -> Timestamptz,
    }
}

diesel::table! {
    /// Sensitive actions that wait for confirmation, and the results of recent ones.
    pending_actions (token_digest) {
        /// The SHA-256 digest of the token in the confirm page's URL. The token itself is not stored.
        token_digest -> Bytea,
        /// The account that the action changes.
        user_id -> Uuid,
        /// The session that began the action. No other session may confirm it.
        session_id -> Uuid,
        /// The kind of action.
        kind -> Text,
        /// The action as JSON, parsed by kind: what the confirm page shows and what runs. It never changes.
        payload -> Text,
        /// The failed confirmations so far: wrong proofs and wrong words. The last permitted one withdraws the action.
        attempts -> Int8,
        /// Confirm pages served up to this time are spent: their forms are refused.
        spent_until -> Timestamptz,
        /// The time at which the action was begun.
        created_at -> Timestamptz,
        /// The time from which the action can no longer be confirmed.
        expires_at -> Timestamptz,
        /// The time at which the action ran. It runs once.
        used_at -> Nullable<Timestamptz>,
        /// The time at which the action was cancelled, replaced by a later one, tried too often, or stopped by a deletion or an undo.
        withdrawn_at -> Nullable<Timestamptz>,
        /// The time at which the row may be deleted. Until then its page can show the result of the action.
        delete_at -> Timestamptz,
        /// The digest of the cookie's token when the action began. A sign-in that ends that session takes the action over.
        session_digest -> Nullable<Bytea>,
    }
}

diesel::table! {
    /// Sign-ins with the right password that wait for a second factor. They open nothing else.
    pending_sign_ins (token_digest) {
        /// The SHA-256 digest of the token in the cookie. The token itself is not stored.
        token_digest -> Bytea,
        /// The account whose password was typed.
        user_id -> Uuid,
        /// The SHA-256 digest of the password hash that matched. The sign-in ends when the password changes.
        password_digest -> Bytea,
        /// Whether the user chose to stay signed in on this device.
        remembered -> Bool,
        /// The page that follows.
        next_path -> Text,
        /// The wrong second factors so far. The last permitted one ends the sign-in.
        attempts -> Int8,
        /// The time at which the password was typed.
        created_at -> Timestamptz,
        /// The time from which the password must be typed again.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// Recovery codes: each stands in for a second factor once.
    recovery_codes (code_digest) {
        /// The SHA-256 digest of the account and the code, which has 120 random bits. The code itself is not stored.
        code_digest -> Bytea,
        /// The account that the code opens, together with its password.
        user_id -> Uuid,
        /// The time at which the code was made.
        created_at -> Timestamptz,
        /// The time at which the code was used. It works once.
        used_at -> Nullable<Timestamptz>,
        /// The number of the undo link of the change that made the code.
        added_number -> Int8,
        /// The number of the undo link of the change that made it void, which can restore it. NULL: it is in use.
        removed_number -> Nullable<Int8>,
        /// The time from which a void one may be deleted. NULL: it is in use.
        delete_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// What happened with each account, for its owner. Each row is written in the transaction that makes it true.
    security_events (id) {
        /// Identifies the event.
        id -> Uuid,
        /// The account. A made-up one for a wrong password where no account had the email address.
        user_id -> Uuid,
        /// The kind of event, such as signed-in.
        kind -> Text,
        /// The User-Agent that the browser sent. NULL: an operator did it.
        user_agent -> Nullable<Text>,
        /// The client's IP address. NULL: an operator did it.
        client_address -> Nullable<Text>,
        /// The time of the event.
        created_at -> Timestamptz,
        /// The time from which the row may be deleted.
        expires_at -> Timestamptz,
        /// What the event is about, such as the name of an application. NULL: the kind says it all.
        about -> Nullable<Text>,
    }
}

diesel::table! {
    /// Sessions: one row per signed-in browser.
    sessions (id) {
        /// Identifies the session in URLs and logs. It is not the secret.
        id -> Uuid,
        /// The account that is signed in. The deletion of an account deletes its sessions.
        user_id -> Uuid,
        /// The SHA-256 digest of the token in the cookie. The token itself is not stored.
        token_digest -> Bytea,
        /// The User-Agent that the browser sent at sign-in.
        user_agent -> Text,
        /// The client's IP address at sign-in.
        client_address -> Text,
        /// The time of the sign-in.
        created_at -> Timestamptz,
        /// The time of the last request, written at most once a minute.
        last_used_at -> Timestamptz,
        /// The idle expiry. Each use moves it ahead, never past the absolute expiry. The session is dead from then on.
        expires_at -> Timestamptz,
        /// The absolute expiry. The session ends then even if it is in use.
        absolute_expires_at -> Timestamptz,
        /// Whether the user chose to stay signed in on this device, so that the session outlives the browser's.
        remembered -> Bool,
    }
}

diesel::table! {
    /// Sign-ups that wait for the link mailed to their email address. The account is created when its owner uses the link.
    sign_ups (token_digest) {
        /// The SHA-256 digest of the token in the mailed link. The token itself is not stored.
        token_digest -> Bytea,
        /// The email address that the link proves. If it already had an account, the link was never mailed.
        email -> Text,
        /// The time at which the link was queued.
        created_at -> Timestamptz,
        /// The time from which the link no longer works.
        expires_at -> Timestamptz,
        /// The time at which the link created the account.
        used_at -> Nullable<Timestamptz>,
        /// The time at which the row may be deleted. Until then its page can say why the link no longer works.
        delete_at -> Timestamptz,
    }
}

diesel::table! {
    /// The keys that sign receipts (Ed25519). One signs, and former ones are published for 30 more days.
    signing_keys (kid) {
        /// Identifies the key in receipts and in the JWKS: the JWK thumbprint (RFC 7638) of the public key.
        kid -> Text,
        /// The public key: 32 bytes.
        public_key -> Bytea,
        /// The private key (PKCS #8), encrypted with a key derived from SECRET_KEY.
        sealed_private_key -> Bytea,
        /// The time from which the key signs.
        created_at -> Timestamptz,
        /// The time from which another key signs. NULL: this key signs.
        retired_at -> Nullable<Timestamptz>,
        /// The time from which the key is no longer published and may be deleted. NULL: this key signs.
        delete_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Rate limits: one row per bucket that is not empty, counted over all instances by the generic cell rate algorithm (GCRA).
    throttles (bucket) {
        /// The HMAC-SHA-256 of the rate limit and its subject.
        bucket -> Bytea,
        /// The name of the rate limit.
        rate_limit -> Text,
        /// What shares the attempts, for the operator: a network, an account id, or a keyed digest of an email address.
        subject -> Text,
        /// The time in which the bucket regains one attempt.
        cost -> Interval,
        /// The time in which a spent bucket regains all attempts.
        capacity -> Interval,
        /// The time at which the bucket has regained all attempts (GCRA: the theoretical arrival time). Each attempt moves it ahead by the cost, to the capacity from now at most.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// Undo links: links in mails that reverse a sensitive change.
    undo_links (token_digest) {
        /// The SHA-256 digest of the token in the mailed link. The token itself is not stored.
        token_digest -> Bytea,
        /// The account that the link restores.
        user_id -> Uuid,
        /// The kind of undo.
        kind -> Text,
        /// The undo as JSON, parsed by kind.
        payload -> Text,
        /// The email address that no other account may take while the link lives. NULL if the undo needs none.
        reserved_email -> Nullable<Text>,
        /// The order of the changes of one account: a later link has a higher number. Times of different instances cannot be compared.
        number -> Int8,
        /// The time at which the link was queued.
        created_at -> Timestamptz,
        /// The time from which the link no longer works.
        expires_at -> Timestamptz,
        /// The time at which the link was used, or made void by another link or by keeping the account.
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Accounts: one row per user.
    users (id) {
        /// Identifies the account in URLs and logs.
        id -> Uuid,
        /// The email address in its normal form: trimmed, lower case, the domain in ASCII (IDNA).
        email -> Text,
        /// The name that the account's pages show.
        display_name -> Text,
        /// argon2id in PHC string format, or the hash of another system until the first sign-in. NULL: no password opens the account until its owner chooses one by a mailed link.
        password_hash -> Nullable<Text>,
        /// The time of the sign-up.
        created_at -> Timestamptz,
        /// The time of the last change to the row. The application sets it.
        updated_at -> Timestamptz,
        /// The time at which the account is deleted, unless the user keeps it before then. NULL if no deletion is scheduled.
        delete_after -> Nullable<Timestamptz>,
        /// Whether the public card at /card/{id} is shown. The user switches it on.
        card_enabled -> Bool,
        /// The language tag that the user has chosen for pages and emails. NULL for the one that the browser asks for.
        language -> Nullable<Text>,
        /// The time zone (IANA) that the user has chosen for pages and emails. NULL for UTC.
        time_zone -> Nullable<Text>,
        /// The time at which an operator disabled the account. Nobody can sign in to it until it is enabled.
        disabled_at -> Nullable<Timestamptz>,
        /// Browsers that signed in before this time count as new devices. NULL: none are forgotten.
        devices_forgotten_at -> Nullable<Timestamptz>,
        /// The time from which a sign-in needs a second factor. NULL: the account has none.
        second_factor_since -> Nullable<Timestamptz>,
        /// Whether the password has fewer than the 15 characters that an account without a second factor needs.
        short_password -> Bool,
        /// The time from which all second factors are removed, at the request of an operator. NULL: no removal waits.
        factors_reset_after -> Nullable<Timestamptz>,
        /// The number of the account's last undo link. Numbers only grow, though links are deleted.
        last_undo_number -> Int8,
    }
}

diesel::table! {
    /// Violations of our Content-Security-Policy that browsers reported, counted. Any client can send such reports.
    violation_reports (directive, page) {
        /// The violated directive, or "(other)".
        directive -> Text,
        /// The pattern of the page's route, "(not told)" or "(other)". Never the URL itself, which may hold a secret.
        page -> Text,
        /// The number of reports.
        reports -> Int8,
        /// The time of the first recorded report.
        first_seen_at -> Timestamptz,
        /// The time of the last recorded report.
        last_seen_at -> Timestamptz,
        /// The time at which the row is deleted. Each new report moves it ahead.
        expires_at -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    access_tokens,
    applications,
    authenticators,
    confirmations,
    data_exports,
    email_changes,
    framing_attempts,
    idempotency_keys,
    leases,
    outgoing_mails,
    outgoing_webhooks,
    passkeys,
    password_resets,
    pending_actions,
    pending_sign_ins,
    recovery_codes,
    security_events,
    sessions,
    sign_ups,
    signing_keys,
    throttles,
    undo_links,
    users,
    violation_reports,
);
