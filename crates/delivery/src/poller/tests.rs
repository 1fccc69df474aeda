use super::*;
use stagecoach_scm::git::{self, Mirrors};
use stagecoach_scm::{CommitSha, State as PullState};

fn key() -> RepositoryKey {
    RepositoryKey {
        connection: "github".to_owned(),
        repository: RepositoryId::parse("o/r").unwrap(),
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn followed(number: u64, since: i64) -> Followed {
    Followed {
        key: key(),
        number,
        since: at(since),
    }
}

fn pull_request(number: u64, state: PullState, updated: i64) -> PullRequest {
    PullRequest {
        number,
        url: format!("http://forge/o/r/pulls/{number}"),
        title: String::new(),
        body: String::new(),
        state,
        head: "h".to_owned(),
        head_sha: None,
        base: "main".to_owned(),
        base_sha: None,
        mergeable: None,
        updated_at: at(updated),
    }
}

fn state(followers: &[(&'static str, &[Followed])]) -> State<&'static str> {
    let mut state = State {
        followers: HashMap::new(),
        repositories: BTreeMap::new(),
    };
    for (owner, followed) in followers {
        for one in *followed {
            state.repositories.entry(one.key.clone()).or_default();
        }
        state.followers.insert(*owner, followed.iter().cloned().collect());
    }
    state
}

#[test]
fn one_question_a_repository_reaches_back_to_the_oldest_that_was_never_seen() {
    let mut state = state(&[("a", &[followed(1, 100)]), ("b", &[followed(2, 50)])]);
    let questions = state.questions();
    assert_eq!(questions.len(), 1);
    assert_eq!(questions[0].since, at(50));
    let answer = vec![
        pull_request(1, PullState::Open, 120),
        pull_request(2, PullState::Open, 90),
    ];
    assert_eq!(state.take(&questions[0], Ok(answer)), BTreeSet::from(["a", "b"]));
    assert_eq!(
        state.questions()[0].since,
        at(120),
        "from now on only what changed since"
    );
}

#[test]
fn only_who_waits_for_what_changed_is_woken() {
    let mut state = state(&[("a", &[followed(1, 100)]), ("b", &[followed(2, 100)])]);
    let question = &state.questions()[0];
    state.take(
        question,
        Ok(vec![
            pull_request(1, PullState::Open, 110),
            pull_request(2, PullState::Open, 110),
        ]),
    );
    let merged = PullState::Merged {
        commit: CommitSha::parse(&"a".repeat(40)).unwrap(),
        at: at(130),
    };
    let question = &state.questions()[0];
    let answer = vec![
        pull_request(2, merged, 130),
        pull_request(1, PullState::Open, 110),
        pull_request(9, PullState::Open, 140),
    ];
    assert_eq!(state.take(question, Ok(answer)), BTreeSet::from(["b"]));
    assert!(state.take(&state.questions()[0], Ok(Vec::new())).is_empty());
}

#[test]
fn trouble_wakes_everybody_once_when_it_begins_and_once_when_it_ends() {
    let mut state = state(&[("a", &[followed(1, 100)]), ("b", &[followed(2, 100)])]);
    let both = BTreeSet::from(["a", "b"]);
    let down = || Err(Error::ConnectionMissing("github".to_owned()));
    let question = &state.questions()[0];
    assert_eq!(state.take(question, down()), both);
    assert!(state.take(question, down()).is_empty());
    assert_eq!(state.take(question, Ok(Vec::new())), both);
}

#[test]
fn one_lost_poll_is_no_news_and_other_words_for_the_same_trouble_are_none_either() {
    let mut state = state(&[("a", &[followed(1, 100)])]);
    let down = |cause: &str| {
        let at = stagecoach_scm::Place {
            forge: "forge".to_owned(),
            doing: "list pull requests".to_owned(),
        };
        let cause = cause.to_owned();
        Err(Error::Forge(stagecoach_scm::Error::Unavailable { at, cause }))
    };
    let question = &state.questions()[0];
    assert!(state.take(question, down("refused")).is_empty());
    assert!(state.take(question, Ok(Vec::new())).is_empty());
    assert!(state.take(question, down("refused")).is_empty());
    assert_eq!(state.take(question, down("HTTP 502")), BTreeSet::from(["a"]));
    assert!(state.take(question, down("no answer in time")).is_empty());
    let told = state.repositories[&key()].trouble.clone().unwrap();
    assert!(told.message.contains("HTTP 502"), "{}", told.message);
    assert_eq!(state.take(question, Ok(Vec::new())), BTreeSet::from(["a"]));
}

#[test]
fn what_nobody_follows_is_forgotten() {
    let mut state = state(&[("a", &[followed(1, 100)])]);
    state.take(&state.questions()[0], Ok(vec![pull_request(1, PullState::Open, 110)]));
    state.followers.clear();
    state.forget_unfollowed();
    assert!(state.repositories.is_empty() && state.questions().is_empty());
}

#[test]
fn two_kinds_of_followers_share_the_questions_and_not_their_names() {
    let clock: stagecoach_scm::Clock = Arc::new(|| at(0));
    let connections = Connections::new(
        crate::Watched::nothing(),
        "stagecoach".to_owned(),
        stagecoach_scm::Options::new(clock),
        Mirrors::new(git::Options::new("unused".into())),
    );
    let pipelines: Poller<&'static str> = Poller::new(connections, Duration::from_secs(1));
    let triggers = pipelines.desk("triggers");
    pipelines.follow(&"infra/app", BTreeSet::from([followed(1, 100)]));
    triggers.follow(&"infra/app", BTreeSet::from([followed(2, 100)]));
    let mut state = triggers.lock();
    let questions = state.questions();
    assert_eq!(questions.len(), 1);
    let woken = state.take(&questions[0], Ok(vec![pull_request(2, PullState::Open, 110)]));
    assert_eq!(woken, BTreeSet::from([("triggers", "infra/app")]));
    drop(state);
    triggers.follow(&"infra/app", BTreeSet::new());
    assert_eq!(pipelines.lock().questions()[0].numbers, BTreeSet::from([1]));
}
