//! Gives the Windows program its icon, version and manifest. For other systems it does nothing.

use std::{env, error::Error};

const ICON: &str = "../assets/icon/echo-monitor.ico";
const MANIFEST: &str = "packaging/windows/echo-monitor.manifest";

fn main() -> Result<(), Box<dyn Error>> {
    for file in ["build.rs", ICON, MANIFEST] {
        println!("cargo:rerun-if-changed={file}");
    }
    // The system that is built for, which need not be the one that builds.
    if env::var("CARGO_CFG_TARGET_OS")? == "windows" {
        winresource::WindowsResource::new()
            // What the task manager and the file's properties call it.
            .set("FileDescription", "Echo Monitor")
            .set("ProductName", "Echo Monitor")
            .set("OriginalFilename", "echo-monitor.exe")
            .set("LegalCopyright", &format!("Licensed under {}", env::var("CARGO_PKG_LICENSE")?))
            .set_icon(ICON)
            .set_manifest_file(MANIFEST)
            .compile_for("echo-monitor")?;
    }
    Ok(())
}
