//! The forge crate against a real Gitea. Every test has a repository of its own on the one that they share.

#![expect(clippy::unwrap_used, reason = "a test ends where its world is not as it must be")]

mod commits;
mod lists;
mod pulls;
mod reads;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::Result;
use http::Method;
use secrecy::SecretString;
use stagecoach_scm::{
    CommitSha, Committed, File, FileChange, FileMode, NewCommit, NewPath, NewPullRequest, Options, Person,
    RepositoryId, Write, gitea::Gitea,
};
use stagecoach_testbed::{FileChange as Seed, Gitea as Forge, shared_forge};

/// A repository, a client with a token for it, and a count of the client's calls.
struct Room {
    forge: &'static Forge,
    repository: RepositoryId,
    write: Write,
    calls: Arc<AtomicUsize>,
}

impl Room {
    /// The name of the test is that of the repository.
    async fn new(name: &str) -> Result<Self> {
        let forge = shared_forge().await?;
        let slug = format!("{}/{name}", Forge::ADMIN);
        let files = [
            Seed::write("deploy/dev.yaml", "tag: 1.0.0 # VERSION\n"),
            Seed::write("deploy/prod.yaml", "tag: 0.9.0 # VERSION\n"),
            Seed::write("old.yaml", "old\n"),
        ];
        forge.create_repository(&slug, &files).await?;
        let token = forge
            .create_token(Forge::ADMIN, name, &["write:repository", "write:issue"])
            .await?;
        let calls = Arc::new(AtomicUsize::new(0));
        let client = client(&forge.url(), &token, &calls)?;
        Ok(Self {
            forge,
            repository: RepositoryId::parse(&slug)?,
            write: Write::new(Arc::new(client)),
            calls,
        })
    }

    fn slug(&self) -> &str {
        self.repository.as_str()
    }

    async fn base(&self) -> Result<CommitSha> {
        self.head("main").await
    }

    async fn head(&self, branch: &str) -> Result<CommitSha> {
        self.branch(branch)
            .await?
            .ok_or_else(|| anyhow::anyhow!("no branch {branch}"))
    }

    async fn branch(&self, branch: &str) -> Result<Option<CommitSha>> {
        Ok(self.write.read().branch_head(&self.repository, branch).await?)
    }

    async fn file(&self, at: &CommitSha, path: &str) -> Result<Option<File>> {
        Ok(self.write.read().read_file(&self.repository, at, path).await?)
    }

    /// The intent to promote: one file updated, one made, one deleted.
    async fn intent(&self, branch: &str) -> Result<NewCommit> {
        let base = self.base().await?;
        let blob = async |path| anyhow::Ok(self.file(&base, path).await?.map(|file| file.blob).unwrap_or_default());
        let changes = vec![
            change(
                "deploy/dev.yaml",
                NewPath::Update {
                    content: b"tag: 1.2.3 # VERSION\n".to_vec(),
                    previous: blob("deploy/dev.yaml").await?,
                    mode: None,
                },
            ),
            change(
                "deploy/new.yaml",
                NewPath::Create {
                    content: b"new\n".to_vec(),
                    mode: FileMode::Regular,
                },
            ),
            change(
                "old.yaml",
                NewPath::Delete {
                    previous: blob("old.yaml").await?,
                },
            ),
        ];
        Ok(NewCommit {
            repository: self.repository.clone(),
            branch: branch.to_owned(),
            base_branch: "main".to_owned(),
            base,
            message: "Update app to 1.2.3\n\nstage=dev\n".to_owned(),
            author: Person {
                name: "Stagecoach".to_owned(),
                email: "stagecoach@example.com".to_owned(),
            },
            date: "2026-01-02T03:04:05Z".parse()?,
            changes,
        })
    }

    async fn commit(&self, intent: &NewCommit) -> Result<Committed, stagecoach_scm::Error> {
        self.write
            .commit_on_new_branch(intent)
            .await
            .map(|effect| effect.done().unwrap())
    }

    /// A branch with a commit and its open pull request.
    async fn opened(&self, branch: &str) -> Result<stagecoach_scm::PullRequest> {
        self.commit(&self.intent(branch).await?).await?;
        let opened = self
            .write
            .open_pull_request(&self.new_pull_request(branch, true))
            .await?;
        Ok(opened.done().unwrap().pull_request)
    }

    fn new_pull_request(&self, head: &str, head_is_new: bool) -> NewPullRequest {
        NewPullRequest {
            repository: self.repository.clone(),
            head: head.to_owned(),
            base: "main".to_owned(),
            title: "Update app to 1.2.3".to_owned(),
            body: "Update app to 1.2.3\n\nstage=dev".to_owned(),
            head_is_new,
        }
    }

    /// A person commits a file.
    async fn person_commits(&self, branch: &str, path: &str, text: &str) -> Result<CommitSha> {
        let sha = self
            .forge
            .commit(self.slug(), branch, "By hand", &[Seed::write(path, text)])
            .await?;
        Ok(CommitSha::parse(&sha)?)
    }

    /// A person deletes a branch.
    async fn person_deletes(&self, branch: &str) -> Result<()> {
        let path = format!("/repos/{}/branches/{}", self.slug(), branch.replace('/', "%2F"));
        let (status, body) = self.forge.call(Method::DELETE, &path, None).await?;
        anyhow::ensure!(status.is_success(), "{status} {body}");
        Ok(())
    }

    /// How many calls the client made until now.
    fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }
}

fn change(path: &str, change: NewPath) -> FileChange {
    FileChange {
        path: path.to_owned(),
        change,
    }
}

fn client(url: &str, token: &str, calls: &Arc<AtomicUsize>) -> Result<Gitea> {
    let calls = calls.clone();
    let mut options = Options::new(Arc::new(|| "2026-01-01T00:00:00Z".parse().unwrap()));
    options.on_call = Some(Arc::new(move |_| {
        calls.fetch_add(1, Ordering::Relaxed);
    }));
    Ok(Gitea::new(url, SecretString::from(token.to_owned()), options)?)
}
