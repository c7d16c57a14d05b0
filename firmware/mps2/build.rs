//! Hands the memory layout to the linker, for the board only.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=memory.x");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("none") {
        return Ok(());
    }
    // RSA costs 37 KB more.
    let flash = if env::var_os("CARGO_FEATURE_RSA").is_some() { "440K" } else { "400K" };
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("memory.x"), fs::read_to_string("memory.x")?.replace("@FLASH@", flash))?;
    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    Ok(())
}
