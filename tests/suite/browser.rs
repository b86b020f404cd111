//! The attacks themselves, in a real Chromium: what a person would see and could click decides, and
//! the database afterwards, never a header. Each attack first succeeds on a page that is made to
//! fall for it, and only the tests serve that one.

mod attacker;
mod certificate;
mod clicks;
mod condition;
mod drag;
mod driver;
mod embedding;
mod evidence;
mod framing;
mod honest;
mod input;
mod keys;
mod naive;
mod places;
mod screenshot;
mod stripped;
mod victim;
mod windows;
mod world;
