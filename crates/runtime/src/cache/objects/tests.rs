use k8s_openapi::{api::core::v1::ConfigMap, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use kube::core::error_boundary::InvalidObject;
use proptest::prelude::*;

use super::*;

fn meta(name: &str, version: u64) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some("team".to_owned()),
        resource_version: Some(version.to_string()),
        ..ObjectMeta::default()
    }
}

fn object(name: &str, version: u64) -> ConfigMap {
    ConfigMap {
        metadata: meta(name, version),
        ..ConfigMap::default()
    }
}

fn good(name: &str, version: u64) -> DeserializeGuard<ConfigMap> {
    DeserializeGuard(Ok(object(name, version)))
}

fn bad(name: &str, version: u64) -> DeserializeGuard<ConfigMap> {
    DeserializeGuard(Err(InvalidObject {
        error: "spec.stages: expected a list".to_owned(),
        metadata: meta(name, version),
    }))
}

/// `name old->new` for each change, `-` where there is none.
fn shown(changes: impl IntoIterator<Item = Change<ConfigMap>>) -> Vec<String> {
    let at = |object: Option<Arc<ConfigMap>>| {
        object.map_or_else(
            || "-".to_owned(),
            |object| object.metadata.resource_version.clone().unwrap_or_default(),
        )
    };
    changes
        .into_iter()
        .map(|change| match change {
            Change::Relist => "relist".to_owned(),
            Change::Object { key, old, new } => format!("{} {}->{}", key.name, at(old), at(new)),
        })
        .collect()
}

struct Copy(Objects<ConfigMap>);

impl Copy {
    fn new() -> Self {
        Self(Objects::default())
    }

    fn feed(&mut self, event: Event<DeserializeGuard<ConfigMap>>) -> Vec<String> {
        shown(self.0.apply("configmaps", event))
    }

    fn remember(&mut self, name: &str, version: u64) -> Vec<String> {
        shown(self.0.remember(object(name, version)))
    }

    fn list(&mut self, objects: &[(&str, u64)]) -> Vec<String> {
        self.feed(Event::Init);
        for (name, version) in objects {
            self.feed(Event::InitApply(good(name, *version)));
        }
        self.feed(Event::InitDone)
    }

    fn held(&self) -> Vec<(String, u64)> {
        let held = |object: &Arc<ConfigMap>| {
            (
                object.metadata.name.clone().unwrap_or_default(),
                version(object.as_ref()).unwrap_or_default(),
            )
        };
        self.0.values().map(held).collect()
    }
}

#[test]
fn events_change_the_copy_and_are_told_once() {
    let mut copy = Copy::new();
    assert_eq!(copy.list(&[("a", 3), ("b", 5)]), ["a -->3", "b -->5"]);
    assert_eq!(copy.feed(Event::Apply(good("a", 6))), ["a 3->6"]);
    assert_eq!(
        copy.feed(Event::Apply(good("a", 6))),
        [""; 0],
        "the same version again is no change"
    );
    assert_eq!(copy.feed(Event::Delete(good("b", 7))), ["b 5->-"]);
    assert_eq!(copy.held(), [("a".to_owned(), 6)]);
}

#[test]
fn what_we_wrote_is_not_replaced_by_an_older_event() {
    let mut copy = Copy::new();
    copy.list(&[("a", 3)]);
    assert_eq!(copy.remember("a", 8), ["a 3->8"]);
    assert_eq!(copy.feed(Event::Apply(good("a", 6))), [""; 0]);
    assert_eq!(copy.feed(Event::Apply(good("a", 8))), [""; 0]);
    assert_eq!(copy.feed(Event::Apply(good("a", 10))), ["a 8->10"]);
    assert_eq!(
        copy.remember("a", 9),
        [""; 0],
        "an answer that comes late is older than what the watch brought"
    );
    assert_eq!(
        copy.feed(Event::Apply(good("a", 100))),
        ["a 10->100"],
        "versions are numbers, not text"
    );
}

#[test]
fn a_late_answer_does_not_bring_a_deleted_object_back() {
    let mut copy = Copy::new();
    copy.list(&[("a", 3)]);
    copy.feed(Event::Delete(good("a", 5)));
    assert_eq!(copy.remember("a", 4), [""; 0]);
    assert_eq!(copy.remember("a", 6), ["a -->6"], "made anew");
    assert_eq!(
        copy.feed(Event::Delete(good("a", 5))),
        [""; 0],
        "the old deletion is not the new object's"
    );
}

#[test]
fn a_list_that_is_older_than_our_write_does_not_undo_it() {
    let mut copy = Copy::new();
    copy.list(&[("a", 3), ("b", 4)]);
    copy.remember("a", 9);
    assert_eq!(copy.list(&[("a", 3), ("b", 4)]), [""; 0]);

    copy.feed(Event::Init);
    copy.feed(Event::InitApply(good("a", 9)));
    copy.feed(Event::InitApply(good("b", 4)));
    assert_eq!(copy.remember("new", 12), ["new -->12"]);
    assert_eq!(copy.feed(Event::InitDone), [""; 0]);
    assert_eq!(copy.held().len(), 3);
}

#[test]
fn a_new_list_tells_what_was_missed() {
    let mut copy = Copy::new();
    copy.list(&[("a", 3), ("b", 4), ("c", 5)]);
    assert_eq!(
        copy.list(&[("a", 3), ("c", 8), ("d", 9)]),
        ["c 5->8", "d -->9", "b 4->-"]
    );
}

#[test]
fn an_object_that_does_not_parse_is_left_out_and_stops_nothing() {
    let mut copy = Copy::new();
    copy.feed(Event::Init);
    copy.feed(Event::InitApply(bad("broken", 2)));
    copy.feed(Event::InitApply(good("a", 3)));
    assert_eq!(copy.feed(Event::InitDone), ["a -->3"]);
    assert_eq!(copy.feed(Event::Apply(bad("broken", 4))), [""; 0]);
    assert_eq!(copy.feed(Event::Apply(good("broken", 5))), ["broken -->5"], "mended");
    assert_eq!(copy.feed(Event::Apply(good("a", 6))), ["a 3->6"]);
}

#[test]
fn an_object_that_becomes_unreadable_is_not_gone() {
    let mut copy = Copy::new();
    copy.list(&[("a", 3)]);
    assert_eq!(copy.feed(Event::Apply(bad("a", 4))), [""; 0]);
    copy.feed(Event::Init);
    copy.feed(Event::InitApply(bad("a", 4)));
    assert_eq!(copy.feed(Event::InitDone), [""; 0]);
    assert_eq!(copy.held(), [("a".to_owned(), 3)]);
    assert_eq!(
        copy.feed(Event::Delete(bad("a", 7))),
        ["a 3->-"],
        "deleting it is still seen"
    );
}

#[test]
fn what_nobody_reads_is_dropped() {
    let mut heavy = object("a", 1);
    heavy.metadata.managed_fields = Some(Vec::new());
    heavy.metadata.annotations = Some(BTreeMap::from([
        (LAST_APPLIED.to_owned(), "{}".to_owned()),
        ("stagecoach.dev/poll".to_owned(), "1".to_owned()),
    ]));
    let mut copy = Copy::new();
    copy.0.remember(heavy);
    let held = copy.0.get(&ObjectKey::namespaced("team", "a")).unwrap();
    assert!(held.metadata.managed_fields.is_none());
    let kept: Vec<_> = held.metadata.annotations.iter().flat_map(BTreeMap::keys).collect();
    assert_eq!(kept, ["stagecoach.dev/poll"]);
}

#[test]
fn tombstones_are_bounded() {
    let mut copy = Copy::new();
    for number in 0..TOMBSTONES * 3 {
        copy.feed(Event::Delete(good(&format!("gone-{number}"), 5)));
    }
    assert_eq!(copy.0.tombstones.order.len(), TOMBSTONES);
    assert_eq!(copy.0.tombstones.versions.len(), TOMBSTONES);
}

/// What happens on the server: the object with this number is written or deleted.
#[derive(Debug, Clone, Copy)]
enum Write {
    Put(usize),
    Delete(usize),
}

/// What reaches the copy next.
#[derive(Debug, Clone, Copy)]
enum Arrives {
    /// The next event of the watch.
    Watch,
    /// The answer to the write with this number, if it has happened and was not a deletion.
    Answer(usize),
    /// The watch broke; a list of the state at this moment of the watch.
    List,
}

const NAMES: [&str; 3] = ["a", "b", "c"];

fn writes() -> impl Strategy<Value = Vec<Write>> {
    let write = (0..NAMES.len(), prop::bool::weighted(0.7));
    prop::collection::vec(
        write.prop_map(|(name, put)| if put { Write::Put(name) } else { Write::Delete(name) }),
        1..12,
    )
}

fn arrivals() -> impl Strategy<Value = Vec<Arrives>> {
    let arrives = prop_oneof![
        4 => Just(Arrives::Watch),
        3 => (0_usize..12).prop_map(Arrives::Answer),
        1 => Just(Arrives::List),
    ];
    prop::collection::vec(arrives, 0..30)
}

/// The objects after the first `seen` writes; write number n has version n + 1.
fn state(writes: &[Write], seen: usize) -> Vec<(&'static str, u64)> {
    let mut state = BTreeMap::new();
    for (write, version) in writes.iter().zip(1..).take(seen) {
        match write {
            Write::Put(name) => state.insert(NAMES[*name], version),
            Write::Delete(name) => state.remove(NAMES[*name]),
        };
    }
    state.into_iter().collect()
}

proptest! {
    /// Whatever the order in which the watch's events, lists and the answers to our own writes arrive: no object goes
    /// back to an older version, and in the end the copy is what the server has.
    #[test]
    fn the_copy_ends_as_the_server_whatever_the_order(writes in writes(), arrivals in arrivals()) {
        let mut copy = Copy::new();
        copy.list(&[]);
        let mut seen = 0;
        let watch = (0..writes.len()).map(|_| Arrives::Watch);
        for arrives in arrivals.into_iter().chain(watch) {
            let before: BTreeMap<String, u64> = copy.held().into_iter().collect();
            match arrives {
                Arrives::Watch if seen < writes.len() => {
                    let version = u64::try_from(seen + 1).unwrap();
                    let held = state(&writes, seen);
                    match writes[seen] {
                        Write::Put(name) => { copy.feed(Event::Apply(good(NAMES[name], version))); }
                        Write::Delete(name) if held.iter().any(|(held, _)| *held == NAMES[name]) => {
                            copy.feed(Event::Delete(good(NAMES[name], version)));
                        }
                        Write::Delete(_) => {}
                    }
                    seen += 1;
                }
                Arrives::Answer(number) => {
                    if let Some(Write::Put(name)) = writes.get(number) {
                        copy.remember(NAMES[*name], u64::try_from(number + 1).unwrap());
                    }
                }
                Arrives::List => { copy.list(&state(&writes, seen)); }
                Arrives::Watch => {}
            }
            for (name, version) in copy.held() {
                prop_assert!(before.get(&name).is_none_or(|before| *before <= version));
            }
        }
        let expected: Vec<(String, u64)> =
            state(&writes, writes.len()).into_iter().map(|(name, version)| (name.to_owned(), version)).collect();
        prop_assert_eq!(copy.held(), expected);
    }
}
