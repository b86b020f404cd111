DROP TABLE IF EXISTS outgoing_webhooks;
