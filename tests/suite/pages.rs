//! One file a page, as in `src/pages/`.

mod card;
mod settings;
