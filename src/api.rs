//! JSON for other programs: the same models and the same security as the pages.

pub mod settings;
