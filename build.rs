//! Builds again when a file is added to or removed from a folder that is part of the program. The macros that
//! embed the folders name to Cargo only the files that they found.

fn main() {
    for folder in ["templates", "static", "locales", "migrations"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
