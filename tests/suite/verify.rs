//! `unframed verify`: what its judge makes of header lines, and what it finds on real servers, good
//! and bad.

mod inside;
mod judge;
mod outside;
