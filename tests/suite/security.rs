//! What the security layers do, asked over the wire.

mod embedders;
mod framing_attempts;
mod reports;
