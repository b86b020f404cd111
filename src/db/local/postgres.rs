//! How a private PostgreSQL is set up and started.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::engine::postgres_of_version;
use super::files::at;
use super::{DATABASE, Launch, LocalProblem, Settings};
use crate::private_files;

const ROLE: &str = "unframed";

/// Makes the data folder if it is missing, and returns the command to start the server.
pub(super) fn launch(
    programs: &Path,
    settings: &Settings,
    port: u16,
    search_path: &[PathBuf],
) -> Result<Launch, LocalProblem> {
    let password_file = settings.folder.join("database_password");
    let data = data_folder(&settings.folder)?;
    let version_file = data.join("PG_VERSION");
    let programs = if version_file.exists() {
        let made_by = fs::read_to_string(&version_file).map_err(at(&version_file))?.trim().to_owned();
        postgres_of_version(&made_by, programs, search_path)
            .ok_or_else(|| LocalProblem::OtherVersion { path: data.clone(), made_by })?
    } else {
        init(programs, settings, &data, &password_file)?;
        programs.to_owned()
    };
    let password = fs::read_to_string(&password_file).map_err(at(&password_file))?;
    let mut command = Command::new(programs.join("postgres"));
    command.arg("-D").arg(&data).arg("-p").arg(port.to_string());
    let mut options = vec![
        // TCP on loopback behind a password: the path of a socket may have at most 107 bytes.
        "listen_addresses=127.0.0.1".to_owned(),
        "unix_socket_directories=".to_owned(),
        "max_connections=200".to_owned(),
    ];
    if !settings.durable {
        options.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"].map(str::to_owned));
    }
    for option in options.iter().chain(&settings.postgres) {
        command.arg("-c").arg(option);
    }
    let url = format!("postgresql://{ROLE}:{}@127.0.0.1:{port}/{DATABASE}?sslmode=disable", password.trim());
    Ok(Launch { stop_signal: "INT", command, url })
}

/// Makes the data folder under another name and renames it, so that an unfinished one is never used.
fn init(programs: &Path, settings: &Settings, data: &Path, password_file: &Path) -> Result<(), LocalProblem> {
    let password =
        crate::domain::SecretToken::generate().map_err(|error| LocalProblem::Failed(error.to_string()))?;
    private_files::write(password_file, password.encode()).map_err(at(password_file))?;
    let unfinished = data.with_extension("new");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(at(&unfinished))?;
    }
    fs::create_dir(&unfinished).map_err(at(&unfinished))?;
    let mut command = Command::new(programs.join("initdb"));
    let for_initdb = data.with_extension("password");
    private_files::write(&for_initdb, password.encode()).map_err(at(&for_initdb))?;
    command.arg("-D").arg(&unfinished).arg("-U").arg(ROLE).arg("--pwfile").arg(&for_initdb);
    command.args(["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]);
    if !settings.durable {
        command.arg("--no-sync");
    }
    if let Some(user) = server_user() {
        for path in [&unfinished, &for_initdb] {
            chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw())).map_err(at(path))?;
        }
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    let output = command.current_dir("/").output().map_err(at(&programs.join("initdb")))?;
    fs::remove_file(&for_initdb).map_err(at(&for_initdb))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr).trim().replace('\n', " ");
        return Err(LocalProblem::Failed(stderr));
    }
    fs::rename(&unfinished, data).map_err(at(data))
}

/// The path of the data: `database` in the folder, if the server's user can reach it.
///
/// When we run as root, PostgreSQL runs as another user, who has no access below a closed home such as
/// `/root`. The data is then in `/var/lib/unframed`, and `database` is a link to it.
fn data_folder(folder: &Path) -> Result<PathBuf, LocalProblem> {
    let inside = folder.join("database");
    let Some(user) = server_user() else { return Ok(inside) };
    let reachable = folder.ancestors().all(|part| {
        fs::metadata(part).is_ok_and(|meta| {
            meta.mode() & 0o001 != 0 || (meta.uid() == user.uid.as_raw() && meta.mode() & 0o100 != 0)
        })
    });
    if reachable {
        return Ok(inside);
    }
    if let Ok(outside) = fs::read_link(&inside) {
        return Ok(outside);
    }
    // A random name, so that a folder that was removed and made again starts with an empty database.
    let outside = Path::new("/var/lib/unframed").join(uuid::Uuid::new_v4().to_string());
    fs::create_dir_all(&outside).map_err(at(&outside))?;
    let data = outside.join("database");
    std::os::unix::fs::symlink(&data, &inside).map_err(at(&inside))?;
    Ok(data)
}

/// The user that runs the server if we are root, because PostgreSQL refuses to run as root: the user of
/// its package, or else `nobody`.
pub(super) fn server_user() -> Option<nix::unistd::User> {
    if !nix::unistd::Uid::effective().is_root() {
        return None;
    }
    ["postgres", "nobody"].iter().find_map(|name| nix::unistd::User::from_name(name).ok().flatten())
}
