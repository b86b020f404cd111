DROP INDEX IF EXISTS pending_actions_withdraw_open;
