//! Drawing only: views read the model and answer with an [`Action`].
