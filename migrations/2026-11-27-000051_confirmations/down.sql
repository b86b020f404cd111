DROP TABLE IF EXISTS confirmations;
