//! One file a page, as in `src/pages/`.

mod card;
mod reports;
mod settings;
