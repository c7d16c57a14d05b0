//! The fold over events. Pure.

pub mod event;
