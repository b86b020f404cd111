UPDATE users SET last_undo_number = (SELECT max(number) FROM undo_links WHERE user_id = users.id)
WHERE last_undo_number < (SELECT max(number) FROM undo_links WHERE user_id = users.id);
