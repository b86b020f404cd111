DROP TABLE IF EXISTS pending_sign_ins;
