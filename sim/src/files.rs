//! How the program writes files.
//!
//! Its one rule: a kill leaves the old file or the new one, and nothing that is no regular file (a device, a pipe, a link) is ever
//! replaced by one.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The most links that are followed, as in Linux.
const LINKS: usize = 40;

/// Writes a file. Links are followed, and stay. What exists and is no regular file is opened and written.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match target(path)? {
        Target::Opened => in_place(path, OpenOptions::new().append(true), bytes),
        Target::File { path, permissions } => {
            let written = beside(&path, permissions.clone(), bytes);
            match written {
                // A file that is mounted by itself cannot be renamed over, nor can one whose folder is read-only. It can be written.
                Err(error) if permissions.is_some() && is_fixed(&error) => {
                    in_place(&path, OpenOptions::new().write(true).truncate(true), bytes)
                }
                written => written,
            }
        }
    }
}

/// Tries whether a file can be written. Leaves nothing but its folder.
pub(crate) fn try_file(path: &Path) -> io::Result<()> {
    match target(path)? {
        Target::Opened if path.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Target::Opened => Ok(()),
        Target::File { path, permissions } => {
            let folder = path.parent().unwrap_or(Path::new(""));
            match fs::create_dir_all(folder).and_then(|()| try_in(folder)) {
                Err(error) if permissions.is_some() && is_fixed(&error) => {
                    OpenOptions::new().append(true).open(&path).map(drop)
                }
                tried => tried,
            }
        }
    }
}

/// Tries whether files can be written into a folder. Leaves nothing.
pub(crate) fn try_folder(folder: &Path) -> io::Result<()> {
    if folder.exists() && !folder.is_dir() {
        return Err(ErrorKind::NotADirectory.into());
    }
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let missing: Vec<&Path> = folder.ancestors().take_while(is_missing).collect();
    let tried = fs::create_dir_all(folder).and_then(|()| try_in(folder));
    // A folder that another process uses meanwhile is not empty, and stays.
    missing.into_iter().for_each(|folder| _ = fs::remove_dir(folder));
    tried
}

fn try_in(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!(".being-tried-{}", std::process::id()));
    File::create(&path)?;
    fs::remove_file(&path)
}

/// How a path is written.
enum Target {
    /// It is opened as it is.
    Opened,
    /// It is replaced. `permissions` are those of the file that is there.
    File { path: PathBuf, permissions: Option<Permissions> },
}

fn target(path: &Path) -> io::Result<Target> {
    let there = match fs::metadata(path) {
        Ok(there) if !there.is_file() => return Ok(Target::Opened),
        Ok(there) => Some(there.permissions()),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let links = links(path);
    // A name of an open file, such as /dev/fd/3: whoever opened it waits for the content there.
    if there.is_some() && links.iter().any(|link| link.starts_with("/dev/fd") || link.starts_with("/proc")) {
        return Ok(Target::Opened);
    }
    let path = links.into_iter().next_back().unwrap_or_else(|| path.to_owned());
    Ok(Target::File { path, permissions: there })
}

/// The path, and whatever it is a link to, one after the other; a link may lead to a file that does not exist yet.
pub(crate) fn links(path: &Path) -> Vec<PathBuf> {
    let next = |path: &PathBuf| {
        let folder = path.parent().unwrap_or(Path::new(""));
        fs::read_link(path).ok().map(|link| folder.join(link))
    };
    std::iter::successors(Some(path.to_owned()), next).take(LINKS).collect()
}

/// Whether the file can be written only where it is.
fn is_fixed(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem | ErrorKind::ResourceBusy)
}

fn in_place(path: &Path, options: &OpenOptions, bytes: &[u8]) -> io::Result<()> {
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.flush()
}

fn beside(path: &Path, permissions: Option<Permissions>, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".being-written");
    let temporary = path.with_file_name(name);
    let write = || {
        let mut file = File::create(&temporary)?;
        permissions.map_or(Ok(()), |permissions| file.set_permissions(permissions))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    let written = write();
    if written.is_err() {
        _ = fs::remove_file(&temporary);
    }
    written
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

    fn folder(name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/files").join(name);
        _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    fn content(path: &Path) -> String {
        fs::read_to_string(path).expect("a file of text")
    }

    #[test]
    fn a_link_stays_and_its_file_is_replaced() {
        let folder = folder("links");
        fs::create_dir(folder.join("kept")).expect("a folder");
        symlink("kept/file", folder.join("link")).expect("a link");
        symlink("link", folder.join("second")).expect("a link");
        // The file does not exist yet, and then it does.
        for text in ["first", "second"] {
            replace(&folder.join("second"), text.as_bytes()).expect("written");
            assert_eq!(content(&folder.join("kept/file")), text);
            assert!(folder.join("second").is_symlink() && folder.join("link").is_symlink());
        }
        assert_eq!(fs::read_dir(folder.join("kept")).expect("a folder").count(), 1, "and nothing beside it");
    }

    #[test]
    fn a_link_in_a_circle_is_an_error() {
        let folder = folder("circle");
        symlink("a", folder.join("b")).expect("a link");
        symlink("b", folder.join("a")).expect("a link");
        assert!(replace(&folder.join("a"), b"text").is_err());
        assert!(folder.join("a").is_symlink());
    }

    #[test]
    fn a_device_stays_a_device_and_a_folder_a_folder() {
        let folder = folder("devices");
        symlink("/dev/null", folder.join("null")).expect("a link");
        for path in [Path::new("/dev/null"), &folder.join("null")] {
            replace(path, b"text").expect("written");
        }
        assert!(fs::metadata("/dev/null").expect("a device").file_type().is_char_device());
        assert!(folder.join("null").is_symlink());
        assert!(replace(&folder, b"text").is_err());
    }

    #[test]
    fn a_pipe_is_written_and_stays_a_pipe() {
        let pipe = folder("pipes").join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("there is a mkfifo").success());
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| content(&pipe));
            replace(&pipe, b"text").expect("written");
            assert_eq!(reader.join().expect("no panic"), "text");
        });
        assert!(fs::metadata(&pipe).expect("it is there").file_type().is_fifo());
    }

    #[test]
    fn an_open_file_is_written_where_it_is_open() {
        use std::os::fd::AsRawFd;
        let path = folder("open").join("file");
        let mut open = File::create(&path).expect("a file");
        open.write_all(b"head, ").expect("written");
        replace(Path::new(&format!("/dev/fd/{}", open.as_raw_fd())), b"tail").expect("written");
        assert_eq!(content(&path), "head, tail");
    }

    #[test]
    fn what_is_tried_leaves_nothing() {
        let folder = folder("tried");
        try_folder(&folder.join("a/b")).expect("it can be written");
        fs::write(folder.join("file"), "old").expect("a file");
        try_file(&folder.join("file")).expect("it can be written");
        let there: Vec<_> = fs::read_dir(&folder).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
        assert_eq!((there, content(&folder.join("file")).as_str()), (vec!["file".into()], "old"));
        assert!(try_folder(&folder.join("file")).is_err() && try_folder(&folder.join("file/a")).is_err());
        assert!(try_file(&folder).is_err() && try_file(&folder.join("file/a")).is_err());
    }

    #[test]
    fn a_file_keeps_its_permissions() {
        let path = folder("permissions").join("file");
        fs::write(&path, "old").expect("a file");
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("permissions");
        replace(&path, b"new").expect("written");
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!((content(&path).as_str(), mode & 0o777), ("new", 0o640));
    }
}
