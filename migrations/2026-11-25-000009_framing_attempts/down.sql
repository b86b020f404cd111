DROP TABLE IF EXISTS framing_attempts;
