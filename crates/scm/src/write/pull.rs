//! Pull requests: open or find, comment once, close, merge. The rules are the same for every forge.

use crate::{
    error::{Error, Place},
    id::RepositoryId,
    pull_request::{Merge, NewPullRequest, Opened, PullRequest, State},
    write::Api,
};

/// See [`super::Write::open_pull_request`].
pub(super) async fn open(api: &dyn Api, new: &NewPullRequest) -> Result<Opened, Error> {
    if !new.head_is_new
        && let Some(pull_request) = api.find_pull_request(&new.repository, &new.base, &new.head).await?
    {
        return Ok(Opened {
            pull_request,
            created: false,
        });
    }
    match api.create_pull_request(new).await {
        Ok(pull_request) => Ok(Opened {
            pull_request,
            created: true,
        }),
        Err(error @ Error::Conflict { .. }) => {
            // Someone was faster, or the answer to our own call was lost.
            let found = api.find_pull_request(&new.repository, &new.base, &new.head).await?;
            found
                .map(|pull_request| Opened {
                    pull_request,
                    created: false,
                })
                .ok_or(error)
        }
        Err(error) => Err(error),
    }
}

/// See [`super::Write::close_pull_request`].
pub(super) async fn close(
    api: &dyn Api,
    repository: &RepositoryId,
    number: u64,
    text: Option<&str>,
) -> Result<PullRequest, Error> {
    let pull_request = api.pull_request(repository, number).await?;
    if pull_request.state != State::Open {
        return Ok(pull_request);
    }
    if let Some(text) = text {
        comment(api, repository, number, text).await?;
    }
    match api.close(repository, number).await {
        Ok(()) => Ok(PullRequest {
            state: State::Closed,
            ..pull_request
        }),
        // Merged between the two calls: the caller sees it as it is.
        Err(Error::Conflict { .. }) => api.pull_request(repository, number).await,
        Err(error) => Err(error),
    }
}

/// See [`super::Write::comment`].
pub(super) async fn comment(api: &dyn Api, repository: &RepositoryId, number: u64, text: &str) -> Result<(), Error> {
    let there = api.comments(repository, number).await?;
    if there.iter().any(|comment| comment.trim() == text.trim()) {
        return Ok(());
    }
    api.create_comment(repository, number, text).await
}

/// See [`super::Write::merge`].
pub(super) async fn merge(api: &dyn Api, merge: &Merge) -> Result<PullRequest, Error> {
    let refused = match api.merge(merge).await {
        Ok(()) => None,
        Err(error @ (Error::NotMergeable { .. } | Error::Conflict { .. } | Error::NotFound { .. })) => Some(error),
        Err(error) => return Err(error),
    };
    let pull_request = api.pull_request(&merge.repository, merge.number).await?;
    match (&pull_request.state, refused) {
        (State::Merged { .. }, _) => Ok(pull_request),
        (State::Open, Some(error)) => Err(error),
        (State::Open, None) => Err(conflict(
            merge,
            &pull_request,
            "it was merged and is still shown as open",
        )),
        (State::Closed, _) => Err(conflict(
            merge,
            &pull_request,
            "it was closed; open it again, or retry the stage",
        )),
    }
}

fn conflict(merge: &Merge, pull_request: &PullRequest, message: &str) -> Error {
    let at = Place {
        forge: pull_request.url.clone(),
        doing: format!("merge pull request {} of {}", merge.number, merge.repository),
    };
    Error::Conflict {
        at,
        message: message.to_owned(),
    }
}
