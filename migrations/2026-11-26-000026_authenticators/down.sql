DROP TABLE IF EXISTS authenticators;
