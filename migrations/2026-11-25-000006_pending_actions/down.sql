DROP TABLE IF EXISTS pending_actions;
