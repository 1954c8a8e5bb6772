//! A root directory of one's own with `/charm` in it, so that a charm finds its containers where
//! Juju has them: `/charm/containers/NAME/pebble.socket`.
//!
//! Everything else below `/` is the machine's own. `unshare`, `mount` and `nsenter` of util-linux do
//! the work: this process has threads and can make no user namespace, and its code has no `unsafe`.
//! Nothing here knows what runs in it.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs::{self, File},
    io::{self, BufRead, BufReader},
    os::{
        fd::AsRawFd,
        unix::{
            ffi::OsStrExt,
            fs::{DirBuilderExt, symlink},
        },
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// What runs in the new namespace until it is known here. It prints a line when all is mounted, and
/// ends when its standard input does.
const SCRIPT: &str = r#"set -eu
PATH=$PATH:/usr/sbin:/sbin
cd "$1"
mount --bind --make-unbindable root root
mount --all --fstab fstab
cd root
pivot_root . .before
umount --lazy .before
rmdir .before
echo ready
read -r _ || :
"#;

/// Why a charm cannot have `/charm` to itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NamespaceError {
    /// A program of util-linux or coreutils is missing.
    #[error("there is no `{0}` on PATH, which gives a charm its own /charm: install util-linux")]
    NoProgram(&'static str),
    /// The kernel, or the container that this runs in, does not allow it.
    #[error(
        "a charm needs /charm/containers, and this system allows no mount namespace to put it in \
         ({0}). Run as root, or allow user namespaces: kernel.unprivileged_userns_clone=1, \
         user.max_user_namespaces and user.max_mnt_namespaces above 0, \
         kernel.apparmor_restrict_unprivileged_userns=0; in a container, with CAP_SYS_ADMIN. \
         A charm on ops-rs runs without: it also finds its containers by OPS_CONTAINERS_DIR"
    )]
    Denied(String),
    /// The operating system refuses something ordinary.
    #[error("cannot lay out the root directory of a charm in {}", .0.display())]
    Lay(PathBuf, #[source] io::Error),
}

/// A mount namespace, and the user namespace that it is in if one was needed. Both are gone with
/// this value, and with what runs in them.
#[derive(Debug)]
pub(super) struct Namespace {
    mount: File,
    user: Option<File>,
}

impl Namespace {
    /// Makes `charm` the `/charm` of a new namespace, laid out in `house`, an empty directory.
    pub(super) fn open(house: &Path, charm: &Path) -> Result<Self, NamespaceError> {
        let lay = |why| NamespaceError::Lay(house.to_owned(), why);
        let root = house.join("root");
        let fstab = lay_root(&root, charm).map_err(lay)?;
        fs::write(house.join("fstab"), fstab).map_err(lay)?;
        let mut complaints = Vec::new();
        // A user namespace makes other people's files nobody's: whoever is root does without.
        let ways: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
        for way in ways {
            match enter(way, house).map_err(lay)? {
                Ok(opened) => return Ok(opened),
                Err(complaint) => complaints.push(complaint),
            }
        }
        Err(NamespaceError::Denied(complaints.pop().unwrap_or_default()))
    }

    /// Runs `program` there, in the working directory `directory`; both are paths in the namespace.
    pub(super) fn command(
        &self,
        directory: &Path,
        program: &Path,
    ) -> Result<Command, NamespaceError> {
        let handle = |file: &File| format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
        let mut command = Command::new(find("nsenter")?);
        command.arg("--preserve-credentials");
        if let Some(user) = &self.user {
            command.arg(format!("--user={}", handle(user)));
        }
        command.arg(format!("--mount={}", handle(&self.mount)));
        // A working directory from outside would be one that the charm cannot name.
        let mut chdir = OsString::from("--chdir=");
        chdir.push(directory);
        command.arg("--").arg(find("env")?).arg(chdir).arg(program);
        Ok(command)
    }
}

/// The directories that everything of `/` is mounted on, and the table that says so.
fn lay_root(root: &Path, charm: &Path) -> io::Result<Vec<u8>> {
    let directory = |path: &Path| fs::DirBuilder::new().mode(0o755).create(path);
    directory(root)?;
    directory(&root.join(".before"))?;
    directory(&root.join("charm"))?;
    let mut fstab = Vec::new();
    for entry in fs::read_dir("/")? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let here = root.join(entry.file_name());
        if here.exists() {
            continue;
        }
        if kind.is_symlink() {
            symlink(fs::read_link(&path)?, &here)?;
        } else if kind.is_dir() {
            directory(&here)?;
            mount(&mut fstab, &path, &here, "rbind");
        } else {
            File::create(&here)?;
            mount(&mut fstab, &path, &here, "bind");
        }
    }
    mount(&mut fstab, charm, &root.join("charm"), "rbind");
    Ok(fstab)
}

/// One line of an fstab(5).
fn mount(fstab: &mut Vec<u8>, from: &Path, to: &Path, how: &str) {
    for path in [from, to] {
        for byte in path.as_os_str().as_bytes() {
            match byte {
                b' ' | b'\t' | b'\n' | b'\\' | b'#' => {
                    fstab.extend(format!("\\{byte:03o}").bytes());
                }
                _ => fstab.push(*byte),
            }
        }
        fstab.push(b' ');
    }
    fstab.extend(format!("none {how} 0 0\n").bytes());
}

/// The namespace made in this way, or what the programs complain of.
fn enter(way: &[&str], house: &Path) -> io::Result<Result<Namespace, String>> {
    let Ok(unshare) = find("unshare") else {
        return Ok(Err("there is no `unshare`: install util-linux".to_owned()));
    };
    let mut child = Command::new(unshare)
        .args(way)
        .args(["--", "/bin/sh", "-c", SCRIPT, "sh"])
        .arg(house)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .current_dir("/")
        .spawn()?;
    let opened = open(&mut child, way.contains(&"--user"));
    drop(child.stdin.take());
    let output = child.wait_with_output()?;
    match opened {
        Ok(Some(namespace)) => Ok(Ok(namespace)),
        Ok(None) => {
            let complaint = String::from_utf8_lossy(&output.stderr);
            let complaint: Vec<&str> = complaint.lines().map(str::trim).collect();
            Ok(Err(match complaint.join("; ") {
                silent if silent.is_empty() => format!("unshare: {}", output.status),
                complaint => complaint,
            }))
        }
        Err(why) => Err(why),
    }
}

/// Takes hold of the child's namespaces once it says that it is ready; `None` if it ends before.
fn open(child: &mut Child, in_user_namespace: bool) -> io::Result<Option<Namespace>> {
    let Some(stdout) = &mut child.stdout else { return Ok(None) };
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    if line != "ready\n" {
        return Ok(None);
    }
    let of = |kind: &str| File::open(format!("/proc/{}/ns/{kind}", child.id()));
    let user = in_user_namespace.then(|| of("user")).transpose()?;
    Ok(Some(Namespace { mount: of("mnt")?, user }))
}

/// A program of this machine, not one that the charm's own `PATH` leads to.
fn find(program: &'static str) -> Result<PathBuf, NamespaceError> {
    let path = env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    env::split_paths(OsStr::new(&path))
        .chain(usual)
        .map(|directory| directory.join(program))
        .find(|path| path.is_absolute() && path.is_file())
        .ok_or(NamespaceError::NoProgram(program))
}
