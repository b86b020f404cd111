// @generated automatically by Diesel CLI.

diesel::table! {
    outgoing_mails (id) {
        id -> Uuid,
        recipient -> Text,
        subject -> Text,
        body -> Text,
        attempts -> Int8,
        next_attempt_at -> Timestamptz,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}
diesel::table! {
    sessions (id) {
        id -> Uuid,
        user_id -> Uuid,
        token_digest -> Bytea,
        user_agent -> Text,
        client_address -> Text,
        created_at -> Timestamptz,
        last_used_at -> Timestamptz,
        expires_at -> Timestamptz,
        absolute_expires_at -> Timestamptz,
    }
}
diesel::table! {
    throttles (bucket) {
        bucket -> Bytea,
        attempts -> Int8,
        expires_at -> Timestamptz,
    }
}
diesel::table! {
    users (id) {
        id -> Uuid,
        email -> Text,
        display_name -> Text,
        password_hash -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}
diesel::allow_tables_to_appear_in_same_query!(outgoing_mails, sessions, throttles, users,);
