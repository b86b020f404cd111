//! The JSON for other programs, as in `src/api/`.

mod settings;
