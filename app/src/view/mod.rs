//! Drawing only: views read the model and answer with an [`Action`].

pub mod axis;
pub mod quantity;
