// @generated automatically by Diesel CLI.

diesel::table! {
    /// New addresses that wait to be proven by the link that was mailed to them.
    email_changes (token_digest) {
        /// SHA-256 of the token in the mailed link; the token itself is not stored.
        token_digest -> Bytea,
        /// Whose address changes.
        user_id -> Uuid,
        /// The address when the change was confirmed by password; it must still be the account's.
        old_email -> Text,
        /// The address that the link proves: this one and no other.
        new_email -> Text,
        /// When the link was mailed.
        created_at -> Timestamptz,
        /// When the link ends.
        expires_at -> Timestamptz,
        /// When the new address took effect.
        confirmed_at -> Nullable<Timestamptz>,
        /// When it was stopped, or replaced by a later change.
        withdrawn_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Refused attempts to show a page of ours in a frame or ahead of time, by the origin that tried; a bounded number of rows.
    framing_attempts (origin) {
        /// Scheme, host and port of the embedding page as its browser said, "unknown", or "(others)" beyond the bound.
        origin -> Text,
        /// All of them.
        attempts -> Int8,
        /// Those that the browser called cross-site.
        cross_site -> Int8,
        /// Those from another host of our own site.
        same_site -> Int8,
        /// Loads into an iframe.
        iframe -> Int8,
        /// Loads into a frame of a frameset.
        frame -> Int8,
        /// Loads into an object element.
        object -> Int8,
        /// Loads into an embed element.
        embed -> Int8,
        /// Forms sent into or from inside a frame.
        post_from_frame -> Int8,
        /// Prefetches and prerenders.
        prefetch -> Int8,
        /// Navigations into anything else.
        other -> Int8,
        /// When the first of them was written down.
        first_seen_at -> Timestamptz,
        /// When the last of them was written down.
        last_seen_at -> Timestamptz,
        /// When the row is forgotten, unless the origin tries again before.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// Tasks of which only one process may do one at a time; stands in for advisory locks, which CockroachDB lacks.
    leases (name) {
        /// The task.
        name -> Text,
        /// A random number of the process that has the lease.
        holder -> Uuid,
        /// When another process may take it, unless it is renewed before.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// The outbox: mails queued in the transaction that they tell of, sent after it, deleted once sent.
    outgoing_mails (id) {
        /// Also the Message-ID, so that a mail sent twice is seen as one.
        id -> Uuid,
        /// The address, in its normal form.
        recipient -> Text,
        /// The Subject header.
        subject -> Text,
        /// The text.
        body -> Text,
        /// How often sending was begun.
        attempts -> Int8,
        /// When a process may next claim it; moved ahead by each claim.
        next_attempt_at -> Timestamptz,
        /// When it was queued.
        created_at -> Timestamptz,
        /// When it is given up and deleted.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// Sensitive changes that wait for their owner on a confirm page.
    pending_actions (token_digest) {
        /// SHA-256 of the token in the confirm page's URL; the token itself is not stored.
        token_digest -> Bytea,
        /// Whose account it changes.
        user_id -> Uuid,
        /// The session that began it, and the only one that may confirm it.
        session_id -> Uuid,
        /// What kind of change.
        kind -> Text,
        /// The change itself as JSON: what the page shows and what runs. Never changed.
        payload -> Text,
        /// Wrong passwords and wrong words so far; the last that is allowed withdraws it.
        attempts -> Int8,
        /// Renderings of the page served up to then have been tried: their words and timestamps are spent.
        spent_until -> Timestamptz,
        /// When it was begun.
        created_at -> Timestamptz,
        /// When it can no longer be confirmed.
        expires_at -> Timestamptz,
        /// When it ran; it runs once.
        used_at -> Nullable<Timestamptz>,
        /// When it was cancelled, replaced by a later one, tried too often, or stopped by a deletion or an undo of the account.
        withdrawn_at -> Nullable<Timestamptz>,
        /// When the row may go; until then its page can say what became of it.
        delete_at -> Timestamptz,
    }
}

diesel::table! {
    /// One row for each place where somebody is signed in.
    sessions (id) {
        /// The session, in URLs and logs; not the secret.
        id -> Uuid,
        /// Whose session it is. Not a foreign key: a session outlives its account until it expires, so that a page can say that the account is gone.
        user_id -> Uuid,
        /// SHA-256 of the token in the cookie; the token itself is not stored.
        token_digest -> Bytea,
        /// The browser as it named itself at sign-in.
        user_agent -> Text,
        /// The IP address at sign-in.
        client_address -> Text,
        /// When it was signed in.
        created_at -> Timestamptz,
        /// When it last asked for a page; written at most once a minute.
        last_used_at -> Timestamptz,
        /// The idle limit, moved with use, never past the absolute one. The row is dead from then on.
        expires_at -> Timestamptz,
        /// When it ends even if it is used.
        absolute_expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// How often something limited was tried, shared by all instances.
    throttles (bucket) {
        /// HMAC-SHA-256 of what is limited, for whom and from where; no personal data.
        bucket -> Bytea,
        /// Tries in the present window.
        attempts -> Int8,
        /// When the window ends and counting starts anew.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// Links in mails that take a change back.
    undo_links (token_digest) {
        /// SHA-256 of the token in the mailed link; the token itself is not stored.
        token_digest -> Bytea,
        /// Whose account it restores.
        user_id -> Uuid,
        /// What it takes back.
        kind -> Text,
        /// The address that it restores; no other account can have it while the link lives.
        former_email -> Nullable<Text>,
        /// When it was mailed.
        created_at -> Timestamptz,
        /// When it ends.
        expires_at -> Timestamptz,
        /// When it was used, or made void: by another link, or by keeping the account.
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// One row for each account.
    users (id) {
        /// The account, in URLs and logs.
        id -> Uuid,
        /// The address in its one normal form: trimmed, lower case, the domain in ASCII (IDNA).
        email -> Text,
        /// What the account is called on its pages.
        display_name -> Text,
        /// argon2id in PHC string format.
        password_hash -> Text,
        /// When the account was made.
        created_at -> Timestamptz,
        /// When the row last changed; set by the application.
        updated_at -> Timestamptz,
        /// When the account is deleted, unless its owner keeps it before; NULL for all others.
        delete_after -> Nullable<Timestamptz>,
        /// Whether anybody may see the public card at /card/{id}; its owner switches it on.
        card_enabled -> Bool,
    }
}

diesel::table! {
    /// What browsers reported against our Content-Security-Policy, counted; anybody can send such reports.
    violation_reports (directive, page) {
        /// The directive that was violated, or "(other)".
        directive -> Text,
        /// The pattern of the route that was violated, "(not told)" or "(other)"; never the address itself, which may hold a secret.
        page -> Text,
        /// How many came.
        reports -> Int8,
        /// When the first of them was written down.
        first_seen_at -> Timestamptz,
        /// When the last of them was written down.
        last_seen_at -> Timestamptz,
        /// When the row is forgotten, unless another report comes before.
        expires_at -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    email_changes,
    framing_attempts,
    leases,
    outgoing_mails,
    pending_actions,
    sessions,
    throttles,
    undo_links,
    users,
    violation_reports,
);
