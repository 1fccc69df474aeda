//! What a proxy knows and was told: the requests that came, where to stop, and which faults to play.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use http::{Method, StatusCode};
use tokio::sync::oneshot;

use crate::clock;

/// How many requests are remembered.
const REMEMBERED: usize = 100_000;

/// A request that came through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Its number, from 1.
    pub number: usize,
    /// The method.
    pub method: Method,
    /// The path, without the query.
    pub path: String,
    /// The query; empty when there is none.
    pub query: String,
    /// The body of a write as it is held or picked; of requests that are only remembered it is empty.
    pub body: String,
    /// What the client was answered; none while it waits, and for good when the connection was cut.
    pub status: Option<StatusCode>,
    /// When it came.
    pub came: Instant,
    /// How long the answer took; none while it waits, and for good when the connection was cut.
    pub took: Option<Duration>,
}

impl Counted {
    /// Whether it may change something.
    pub fn is_write(&self) -> bool {
        !matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }
}

/// Where a request is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Before the upstream has seen it.
    Before,
    /// After the upstream has answered, before the client has seen the answer.
    After,
}

/// What a request meets instead of the upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This answer.
    Answer(StatusCode, String),
    /// The connection is closed without an answer.
    Cut,
    /// The upstream, but only after this time.
    Slow(Duration),
}

/// What becomes of a held request.
#[derive(Debug)]
pub(super) enum Decision {
    Pass,
    Cut,
    Answer(StatusCode, String),
}

/// A request that waits. When this is dropped, its connection is cut.
#[derive(Debug)]
pub struct Held {
    request: Counted,
    decision: oneshot::Sender<Decision>,
}

impl Held {
    /// Which request it is.
    pub fn request(&self) -> &Counted {
        &self.request
    }

    /// Lets it go on.
    pub fn pass(self) {
        self.decide(Decision::Pass);
    }

    /// Closes the connection without an answer.
    pub fn cut(self) {
        self.decide(Decision::Cut);
    }

    /// Gives the client this answer.
    pub fn answer(self, status: StatusCode, body: &str) {
        self.decide(Decision::Answer(status, body.to_owned()));
    }

    /// The client may be gone by now: then there is nothing to decide.
    fn decide(self, decision: Decision) {
        let _ = self.decision.send(decision);
    }
}

type Select = Box<dyn Fn(&Counted) -> bool + Send>;

struct Armed {
    left: usize,
    point: Point,
    select: Select,
    stop: oneshot::Sender<Held>,
}

#[derive(Default)]
struct State {
    requests: Vec<Counted>,
    came: usize,
    armed: Vec<Armed>,
    faults: Vec<(Select, Fault)>,
}

/// The rules of one proxy, changed by the test while requests come.
#[derive(Default)]
pub(super) struct Rules {
    state: Mutex<State>,
}

impl fmt::Debug for Rules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Rules")
            .field("came", &self.state().came)
            .finish_non_exhaustive()
    }
}

/// What the rules say about one request.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) request: Counted,
    pub(super) before: Option<oneshot::Sender<Held>>,
    pub(super) fault: Option<Fault>,
}

impl Rules {
    /// Notes a request and says what is to happen to it.
    pub(super) fn note(&self, method: &Method, path: &str, query: &str, body: &[u8]) -> Verdict {
        let mut state = self.state();
        state.came += 1;
        let request = Counted {
            number: state.came,
            method: method.clone(),
            path: path.to_owned(),
            query: query.to_owned(),
            body: String::new(),
            status: None,
            came: clock::now(),
            took: None,
        };
        if state.requests.len() < REMEMBERED {
            state.requests.push(request.clone());
        }
        let request = Counted {
            body: String::from_utf8_lossy(body).into_owned(),
            ..request
        };
        let fault = state
            .faults
            .iter()
            .rev()
            .find(|(select, _)| select(&request))
            .map(|(_, fault)| fault.clone());
        let before = state.due(&request, Point::Before);
        Verdict { request, before, fault }
    }

    /// Says whether a request that the upstream has answered is to be held, be its client there or gone.
    pub(super) fn after(&self, request: &Counted) -> Option<oneshot::Sender<Held>> {
        self.state().due(request, Point::After)
    }

    /// Notes what the client was answered.
    pub(super) fn answered(&self, number: usize, status: StatusCode) {
        if let Some(request) = self.state().requests.get_mut(number.saturating_sub(1)) {
            request.status = Some(status);
            request.took = Some(clock::now().saturating_duration_since(request.came));
        }
    }

    pub(super) fn requests(&self) -> Vec<Counted> {
        self.state().requests.clone()
    }

    pub(super) fn arm(&self, nth: usize, point: Point, select: Select) -> oneshot::Receiver<Held> {
        let (stop, held) = oneshot::channel();
        self.state().armed.push(Armed {
            left: nth.max(1),
            point,
            select,
            stop,
        });
        held
    }

    pub(super) fn break_with(&self, fault: Fault, select: Select) {
        self.state().faults.push((select, fault));
    }

    pub(super) fn mend(&self) {
        self.state().faults.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Counts a request against every stop of this point, and takes out the first one that is due.
    fn due(&mut self, request: &Counted, point: Point) -> Option<oneshot::Sender<Held>> {
        // A stop that nobody waits for any more holds nothing.
        self.armed.retain(|armed| !armed.stop.is_closed());
        for armed in self.armed.iter_mut().filter(|armed| armed.point == point) {
            if (armed.select)(request) {
                armed.left = armed.left.saturating_sub(1);
            }
        }
        let index = self
            .armed
            .iter()
            .position(|armed| armed.point == point && armed.left == 0)?;
        Some(self.armed.remove(index).stop)
    }
}

/// Hands the request to the test and waits for its decision.
pub(super) async fn hold(stop: Option<oneshot::Sender<Held>>, request: &Counted) -> Decision {
    let Some(stop) = stop else { return Decision::Pass };
    let (decision, decided) = oneshot::channel();
    if stop
        .send(Held {
            request: request.clone(),
            decision,
        })
        .is_err()
    {
        return Decision::Pass;
    }
    decided.await.unwrap_or(Decision::Cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_request_that_is_picked_is_due_and_no_other() {
        let rules = Rules::default();
        let _stop = rules.arm(2, Point::After, Box::new(Counted::is_write));
        let due = |method: Method| {
            let request = rules.note(&method, "/a", "", b"").request;
            rules.after(&request).is_some()
        };
        assert_eq!(
            [due(Method::POST), due(Method::GET), due(Method::PUT), due(Method::PUT)],
            [false, false, true, false]
        );
    }

    #[test]
    fn a_stop_that_nobody_waits_for_holds_nothing() {
        let rules = Rules::default();
        drop(rules.arm(1, Point::Before, Box::new(|_| true)));
        assert!(rules.note(&Method::GET, "/", "", b"").before.is_none());
    }

    #[test]
    fn a_request_is_picked_by_its_body_which_is_not_remembered() {
        let rules = Rules::default();
        let _stop = rules.arm(1, Point::Before, Box::new(|request| request.body.contains("Promoted")));
        let due = |body: &[u8]| rules.note(&Method::PATCH, "/a", "", body).before.is_some();
        assert_eq!([due(b"Promoting"), due(b"Promoted")], [false, true]);
        assert!(rules.requests().iter().all(|request| request.body.is_empty()));
    }

    #[test]
    fn the_newest_fault_counts_until_all_is_mended() {
        let rules = Rules::default();
        rules.break_with(Fault::Cut, Box::new(|_| true));
        rules.break_with(Fault::Slow(Duration::ZERO), Box::new(|request| request.path == "/slow"));
        assert_eq!(
            rules.note(&Method::GET, "/slow", "", b"").fault,
            Some(Fault::Slow(Duration::ZERO))
        );
        assert_eq!(rules.note(&Method::GET, "/other", "", b"").fault, Some(Fault::Cut));
        rules.mend();
        assert_eq!(rules.note(&Method::GET, "/other", "", b"").fault, None);
    }

    #[test]
    fn requests_are_numbered_and_keep_their_answers() {
        let rules = Rules::default();
        let first = rules.note(&Method::GET, "/a", "b=c", b"").request;
        rules.note(&Method::GET, "/d", "", b"");
        rules.answered(first.number, StatusCode::OK);
        let seen = rules.requests();
        assert_eq!(
            (seen[0].number, seen[0].query.as_str(), seen[0].status),
            (1, "b=c", Some(StatusCode::OK))
        );
        assert_eq!((seen[1].number, seen[1].status), (2, None));
    }
}
