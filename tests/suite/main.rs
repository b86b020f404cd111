//! The one test binary: the real server on a port of its own, asked over the wire, on a real
//! database that is made for the run. It mirrors `src/`.

#![expect(unreachable_pub, reason = "a test binary exports nothing")]

mod harness;

mod pages;
mod security;
