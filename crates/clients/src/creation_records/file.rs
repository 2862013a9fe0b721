//! A file that is locked while a process uses it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// An open, locked file. The operating system releases the lock when the process ends, for any reason.
#[derive(Debug)]
pub(super) struct LockedFile {
    file: File,
    path: PathBuf,
}

impl LockedFile {
    /// Creates a file that survives a crash of the machine.
    pub(super) fn create(folder: &Path, name: &str, content: &[u8]) -> io::Result<Self> {
        make_folder(folder)?;
        let path = folder.join(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        let mut made = Self { file, path };
        let written = made.file.try_lock().map_err(io::Error::from).and_then(|()| made.overwrite(content));
        match written.and_then(|()| sync_folder(folder)) {
            Ok(()) => Ok(made),
            // A file system without locks cannot protect records.
            Err(error) => {
                made.remove();
                Err(error)
            }
        }
    }

    /// Returns the unlocked files with this name prefix, oldest first.
    pub(super) fn all(folder: &Path, prefix: &str) -> Vec<(Self, String)> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
        let mut found: Vec<_> = named.filter_map(|entry| Self::lock(entry.path())).collect();
        found.sort_by_key(|(file, _)| file.file.metadata().and_then(|file| file.modified()).ok());
        found
    }

    fn lock(path: PathBuf) -> Option<(Self, String)> {
        let mut file = OpenOptions::new().read(true).write(true).open(&path).ok()?;
        file.try_lock().ok()?;
        // The process that held the lock may have removed the file before it released the lock.
        if !path.exists() {
            return None;
        }
        let mut text = String::new();
        file.read_to_string(&mut text).ok()?;
        Some((Self { file, path }, text))
    }

    pub(super) fn overwrite(&mut self, content: &[u8]) -> io::Result<()> {
        // If the process is killed before the file is truncated, the new content is complete, followed by the end of
        // the old content.
        self.file.rewind()?;
        self.file.write_all(content)?;
        self.file.set_len(u64::try_from(content.len()).unwrap_or(u64::MAX))?;
        self.file.sync_all()
    }

    pub(super) fn remove(self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, path = %self.path.display(), "unable to remove the record of a creation");
        }
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Syncs the directory, so that a new file survives a crash of the machine.
fn sync_folder(folder: &Path) -> io::Result<()> {
    // Only Unix can open directories.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
