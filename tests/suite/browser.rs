//! The attacks, in a real Chromium. A test judges by what a user sees and can click, and by the
//! database afterwards, never by a header. Each attack first succeeds on a naive page, which only the
//! tests serve. `TEST_ATTACKS=full` runs every combination of an attack's dimensions, the default every
//! pair of them.

mod attacker;
mod axe;
mod clicks;
mod condition;
mod confirmations;
mod covering;
mod drag;
pub mod driver;
mod embedding;
pub mod evidence;
mod framing;
mod honest;
mod input;
mod keyboard;
mod keys;
mod naive;
mod passkeys;
mod payroll;
mod places;
mod scripts;
mod stripped;
mod tour;
mod victim;
mod virtual_authenticator;
mod windows;
pub mod world;
