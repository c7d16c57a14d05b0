//! A virtual screen with a window manager, and the real window on it.
#![allow(dead_code)]

use std::{
    fs,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// A virtual screen with a window manager; gone when dropped.
pub(crate) struct Screen {
    server: Child,
    manager: Child,
    display: String,
    pub(crate) folder: tempfile::TempDir,
}

/// The window's program; ended when dropped, with all that it started, for tests that fail.
pub(crate) struct Program(pub(crate) Child);

impl Drop for Program {
    fn drop(&mut self) {
        // Ended already: its number may be another program's by now.
        if let Ok(None) = self.0.try_wait() {
            let group = format!("-{}", self.0.id());
            let _ = Command::new("kill").args(["-TERM", "--", &group]).stderr(Stdio::null()).status();
            let _ = self.0.wait();
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        for child in [&mut self.manager, &mut self.server] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Screen {
    pub(crate) fn start() -> Self {
        Self::with("")
    }

    /// One that the system draws on without OpenGL.
    pub(crate) fn without_opengl() -> Self {
        Self::with("-extension GLX")
    }

    fn with(flags: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The server picks a free number and tells it.
        let told = folder.path().join("display");
        let mut server = Command::new("sh")
            .arg("-c")
            .arg(format!(
                "exec Xvfb -displayfd 1 -screen 0 1280x840x24 -nolisten tcp {flags} > \"$0\" 2>/dev/null"
            ))
            .arg(&told)
            .spawn()
            .expect("Xvfb");
        let Some(number) = wait(Duration::from_secs(20), || {
            fs::read_to_string(&told).ok().filter(|number| number.ends_with('\n'))
        }) else {
            let _ = server.kill();
            panic!("Xvfb did not start")
        };
        let display = format!(":{}", number.trim());
        // A window that comes while the manager starts is never shown: it waits until that is over.
        let manages = folder.path().join("manages");
        let manager = Command::new("openbox")
            // With its whole path: openbox goes home before it runs this.
            .args(["--startup", &format!("touch {}", manages.display())])
            .env("DISPLAY", &display)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("openbox");
        let screen = Self { server, manager, display, folder };
        assert!(
            wait(Duration::from_secs(20), || manages.exists().then_some(())).is_some(),
            "openbox does not start"
        );
        screen
    }

    pub(crate) fn open(&self, arguments: &[&str]) -> Program {
        self.launch(Command::new(env!("CARGO_BIN_EXE_echo-monitor")).args(arguments))
    }

    pub(crate) fn launch(&self, command: &mut Command) -> Program {
        let mut program = Program(
            self.at_home(command)
                // Whatever it starts must not hold on to the tests' output, and ends with it.
                .stdout(Stdio::null())
                .stderr(fs::File::create(self.complaints()).unwrap())
                .process_group(0)
                .spawn()
                .unwrap(),
        );
        let shown = wait(Duration::from_secs(60), || {
            let ended = program.0.try_wait().unwrap();
            assert!(ended.is_none(), "{ended:?}: {}", fs::read_to_string(self.complaints()).unwrap());
            (!self.xdotool(&["search", "--onlyvisible", "--class", "echo-monitor"]).is_empty()).then_some(())
        });
        assert!(shown.is_some(), "no window of the class echo-monitor");
        let drawn = wait(Duration::from_secs(30), || Some(self.colours()).filter(|colours| *colours > 100));
        assert!(drawn.is_some(), "the window stays blank");
        program
    }

    /// On this screen, with its files in the screen's folder.
    pub(crate) fn at_home<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("DISPLAY", &self.display)
            .env("ECHO_MONITOR_HOME", self.settings())
            .env("TMPDIR", self.folder.path())
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
    }

    /// What the program had to say.
    pub(crate) fn complaints(&self) -> PathBuf {
        self.folder.path().join("stderr")
    }

    pub(crate) fn settings(&self) -> PathBuf {
        self.folder.path().join("settings")
    }

    pub(crate) fn xdotool(&self, arguments: &[&str]) -> String {
        let output = Command::new("xdotool").args(arguments).env("DISPLAY", &self.display).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    pub(crate) fn key(&self, keys: &str) {
        self.xdotool(&["key", "--delay", "60", keys]);
        // Of two Tabs within one frame egui follows one; a frame may take its time where nothing accelerates it.
        sleep(Duration::from_millis(250));
    }

    /// Closes the window as a person does; the program's exit status. The first key on a new screen may be lost: its
    /// keyboard changes with it, and the window manager asks for its keys anew.
    pub(crate) fn close(&self, program: &mut Program) -> Option<i32> {
        let ended = wait(Duration::from_secs(30), || {
            self.key("alt+F4");
            wait(Duration::from_secs(3), || program.0.try_wait().unwrap())
        });
        ended.expect("the program ends with its window").code()
    }

    /// How many different colours stand on the screen: one is a blank window.
    pub(crate) fn colours(&self) -> u32 {
        let picture = self.folder.path().join("screen.png");
        let shot = Command::new("import")
            .args(["-window", "root"])
            .arg(&picture)
            .env("DISPLAY", &self.display)
            .status()
            .unwrap();
        assert!(shot.success());
        let counted = Command::new("identify").args(["-format", "%k"]).arg(&picture).output().unwrap();
        String::from_utf8_lossy(&counted.stdout).trim().parse().unwrap()
    }
}

impl Program {
    /// Asked to end as the system asks; its exit status.
    pub(crate) fn end(&mut self) -> Option<i32> {
        let asked = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().unwrap();
        assert!(asked.success());
        self.ended()
    }

    pub(crate) fn ended(&mut self) -> Option<i32> {
        wait(Duration::from_secs(15), || self.0.try_wait().unwrap()).expect("the program ends").code()
    }
}

/// Polls until there is something, for at most this long.
pub(crate) fn wait<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let begin = Instant::now();
    loop {
        match look() {
            None if begin.elapsed() < patience => sleep(Duration::from_millis(50)),
            found => return found,
        }
    }
}
