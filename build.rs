//! Builds again when a file is added to or removed from a folder that is part of the program. The macros that
//! embed the folders name to Cargo only the files that they found. It also chooses how the program is linked.

#[expect(clippy::disallowed_methods, reason = "Cargo tells a build script the target by a variable")]
fn main() {
    for folder in ["templates", "static", "locales", "migrations"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    // Two megabytes less: relative relocations in a compact form, which glibc reads since 2.36 (2022).
    if std::env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|libc| libc == "gnu") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
