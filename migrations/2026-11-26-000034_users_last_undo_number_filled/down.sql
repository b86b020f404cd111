UPDATE users SET last_undo_number = 0 WHERE last_undo_number < 0;
