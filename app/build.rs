//! Packs the licences that the program shows. Gives the Windows program its icon, version and manifest.

use std::{env, error::Error, fs, path::Path};

use miniz_oxide::deflate::compress_to_vec_zlib;

const LICENCES: &str = "../assets/licences.txt";

const ICON: &str = "../assets/icon/echo-monitor.ico";
const MANIFEST: &str = "packaging/windows/echo-monitor.manifest";

fn main() -> Result<(), Box<dyn Error>> {
    for file in ["build.rs", LICENCES, ICON, MANIFEST] {
        println!("cargo:rerun-if-changed={file}");
    }
    let packed = Path::new(&env::var("OUT_DIR")?).join("licences.z");
    fs::write(packed, compress_to_vec_zlib(&fs::read(LICENCES)?, 9))?;
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
