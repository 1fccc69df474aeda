//! Gitea's `app.ini`: everything below one folder, no SSH, no cron, no search index, hooks to loopback allowed.

use std::path::Path;

use crate::ports::Port;

/// The text of `app.ini`. Containers often run tests as root, which Gitea must be told to bear.
pub(super) fn text(folder: &Path, static_files: &Path, port: &Port) -> String {
    let (folder, static_files) = (folder.display(), static_files.display());
    let (number, url) = (port.number(), port.http());
    format!(
        "I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
RUN_MODE = prod
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {number}
ROOT_URL = {url}/
DISABLE_SSH = true
OFFLINE_MODE = true
STATIC_ROOT_PATH = {static_files}
APP_DATA_PATH = {folder}/data
[database]
DB_TYPE = sqlite3
PATH = {folder}/data/gitea.db
SQLITE_JOURNAL_MODE = WAL
[repository]
ROOT = {folder}/repositories
DEFAULT_BRANCH = main
[git]
HOME_PATH = {folder}/home
[security]
INSTALL_LOCK = true
SECRET_KEY = only-for-tests
INTERNAL_TOKEN = eyJhbGciOiJIUzI1NiJ9.eyJuYmYiOjF9.x
PASSWORD_HASH_ALGO = pbkdf2_v1
[log]
LEVEL = warn
ROOT_PATH = {folder}/log
[session]
PROVIDER = memory
[queue]
TYPE = channel
[webhook]
ALLOWED_HOST_LIST = loopback
DELIVER_TIMEOUT = 5
[cron]
ENABLED = false
[actions]
ENABLED = false
[indexer]
ISSUE_INDEXER_TYPE = db
REPO_INDEXER_ENABLED = false
[service]
DISABLE_REGISTRATION = true
DEFAULT_ALLOW_CREATE_ORGANIZATION = true
"
    )
}
