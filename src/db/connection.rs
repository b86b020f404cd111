//! Opens connections. Unlike tokio-postgres alone, it never falls back to plain text and never waits
//! for ever.

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::AsyncPgConnection;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::DatabaseUrl;
use super::database_url::CONNECT_TIMEOUT;

impl DatabaseUrl {
    /// Opens a connection. Its driver task runs on the runtime that awaits this call.
    ///
    /// # Errors
    /// The whole chain of causes on one line, without the password.
    pub async fn connect(&self) -> ConnectionResult<AsyncPgConnection> {
        // The driver's own timeout ends with the TCP handshake. Without this one, a server that accepts
        // the connection and then says nothing would block us for ever.
        let hosts = u32::try_from(self.config.get_hosts().len()).unwrap_or(u32::MAX);
        let timeout = self
            .config
            .get_connect_timeout()
            .map_or(CONNECT_TIMEOUT, |for_one_host| for_one_host.saturating_mul(hosts));
        tokio::time::timeout(timeout, self.open()).await.unwrap_or_else(|_elapsed| {
            Err(ConnectionError::BadConnection(format!(
                "{} did not answer within {} s",
                self.shown(),
                timeout.as_secs()
            )))
        })
    }

    async fn open(&self) -> ConnectionResult<AsyncPgConnection> {
        let failed =
            |error: tokio_postgres::Error| ConnectionError::BadConnection(super::with_causes(&error));
        if let Some(tls) = &self.tls {
            let connector = MakeRustlsConnect::new((**tls).clone());
            let (client, connection) = self.config.connect(connector).await.map_err(failed)?;
            AsyncPgConnection::try_from_client_and_connection(client, connection).await
        } else {
            let (client, connection) = self.config.connect(tokio_postgres::NoTls).await.map_err(failed)?;
            AsyncPgConnection::try_from_client_and_connection(client, connection).await
        }
    }
}
