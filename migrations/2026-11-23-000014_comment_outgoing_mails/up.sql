COMMENT ON TABLE outgoing_mails IS 'The outbox: mails queued in the transaction that they tell of, sent after it, deleted once sent.';
COMMENT ON COLUMN outgoing_mails.id IS 'Also the Message-ID, so that a mail sent twice is seen as one.';
COMMENT ON COLUMN outgoing_mails.recipient IS 'The address, in its normal form.';
COMMENT ON COLUMN outgoing_mails.subject IS 'The Subject header.';
COMMENT ON COLUMN outgoing_mails.body IS 'The text.';
COMMENT ON COLUMN outgoing_mails.attempts IS 'How often sending was begun.';
COMMENT ON COLUMN outgoing_mails.next_attempt_at IS 'When a process may next claim it; moved ahead by each claim.';
COMMENT ON COLUMN outgoing_mails.created_at IS 'When it was queued.';
COMMENT ON COLUMN outgoing_mails.expires_at IS 'When it is given up and deleted.';
