CREATE INDEX IF NOT EXISTS pending_actions_withdraw_open ON pending_actions (user_id);
