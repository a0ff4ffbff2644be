//! Keys read back as they were written, keep their order, and stay within their prefix.

use proptest::prelude::*;
use xueji_store::Range;

use super::*;

fn text() -> impl Strategy<Value = String> {
    // Few letters with the borders among them, so that equal beginnings are common.
    prop::collection::vec(prop::sample::select(vec!['\0', 'a', '/', '#', ':', '%', '厅']), 0..4)
        .prop_map(String::from_iter)
}

fn path() -> impl Strategy<Value = ScopePath> {
    prop::collection::vec((prop::sample::select(vec!["rows", "row"]), 1..3_u32, text()), 0..3)
        .prop_map(|parts| {
            parts
                .into_iter()
                .fold(ScopePath::root(), |path, (step, visit, key)| path.child(step, visit, &key))
        })
}

fn when() -> impl Strategy<Value = Timestamp> {
    (-3_000_000_000_i64..3_000_000_000, 0..3_i32)
        .prop_map(|(seconds, nanos)| Timestamp::new(seconds, nanos).unwrap())
}

fn reach() -> impl Strategy<Value = Reach> {
    prop_oneof![
        (text(), text()).prop_map(|(role, unit)| Reach::Role(role, unit)),
        (text(), text()).prop_map(|(kind, id)| Reach::Own(kind, id)),
        text().prop_map(Reach::Person),
        text().prop_map(Reach::Assigned),
    ]
}

use xueji_runtime::{RecordId, ScopePath};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn keys_of_cases_read_back_as_what_they_were_made_of(a in text(), b in text(), c in text(), path in path(), at in when()) {
        prop_assert_eq!(read_case(&case(&a)), Some(a.clone()));
        prop_assert_eq!(read_scope(&scope(&a, &path)), Some((a.clone(), path.clone())));
        prop_assert_eq!(read_task_of_case(&task_of_case(&a, &b, &path)), Some((a.clone(), b.clone(), path.clone())));
        prop_assert_eq!(read_task_of_process(&task_of_process(&a, &b)), Some(b.clone()));
        prop_assert_eq!(read_task_due(&task_due(at, &b)), Some(b.clone()));
        prop_assert_eq!(read_wait(&wait(&a, &b, &c, &path)), Some((c.clone(), path.clone())));
        prop_assert_eq!(read_of_process(&of_process(&a, &b, &path)), Some((b.clone(), path.clone())));
        let subject = RecordId::new(a.clone(), b.clone());
        prop_assert_eq!(read_of_subject(&of_subject(&subject, &b, &c, &path)), Some((c.clone(), path)));
        prop_assert_eq!(read_sweep(&sweep(&a, &b)), Some((a.clone(), b.clone())));
        let idempotency = IdempotencyKey { token: a, path: b, key: c };
        prop_assert_eq!(read_answered_at(&answered_at(at, &idempotency)), Some((at, idempotency)));
    }

    #[test]
    fn timers_stand_in_the_order_of_time(a in text(), b in text(), one in when(), other in when(), n in 0..3_u64, part in 0..3_u32) {
        let first = TimerId { due: one, instance: a, number: n, part };
        let second = TimerId { due: other, instance: b, number: n, part };
        prop_assert_eq!(read_timer(&timer(&first)), Some(first.clone()));
        prop_assert_eq!(timer(&first).cmp(&timer(&second)), first.cmp(&second));
    }

    #[test]
    fn offers_stand_under_whom_they_reach(reach in reach(), other in reach(), task in text()) {
        let key = offer(&other, &task);
        prop_assert_eq!(Range::prefix(&offers(&reach)).contains(&key), reach == other);
        prop_assert_eq!(read_offer(&key), Some((other.clone(), task)));
        prop_assert_eq!(read_notice_to(&notice_to(&other, 7)), Some((other, 7)));
    }

    #[test]
    fn scopes_stand_under_the_visit_that_opened_them(path in path(), above in path(), key in text(), visit in 1..3_u32) {
        let start = above.opened_by("rows", visit);
        let range = Range::prefix(&scopes_from("c", &start));
        prop_assert!(range.contains(&scope("c", &above.child("rows", visit, &key))));
        prop_assert_eq!(range.contains(&scope("c", &path)), path.to_string().starts_with(&start));
        let below = above.child("rows", visit, &key);
        prop_assert!(scope("c", &above) < after_scopes_below("c", &above) || above.is_root());
        if !above.is_root() {
            prop_assert!(scope("c", &below) < after_scopes_below("c", &above));
        }
    }

    #[test]
    fn equal_values_are_indexed_alike(a in text(), number in -9_i64..9) {
        use xueji_definition::value::Value;
        let id = RecordId::new("hall", a.clone());
        prop_assert_eq!(read_record_index(&record_index(&id, "name", &Value::Text(a))), Some(id.clone()));
        let long = Value::Text("厅".repeat(900));
        prop_assert!(record_index(&id, "name", &long).len() < 600);
        let text = Value::Text(number.to_string());
        prop_assert_ne!(record_indices("hall", "size", &text), record_indices("hall", "size", &Value::Int(number)));
    }
}

#[test]
fn no_two_kinds_of_key_share_a_tag() {
    let path = ScopePath::root();
    let id = RecordId::new("a", "b");
    let timer_id = TimerId { due: Timestamp::UNIX_EPOCH, instance: "a".into(), number: 1, part: 0 };
    let keys = [
        event("a", 1),
        case("a"),
        scope("a", &path),
        sequence(1),
        latest("a"),
        task("a"),
        task_of_case("a", "b", &path),
        task_of_process("a", "b"),
        task_due(Timestamp::UNIX_EPOCH, "a"),
        offers(&Reach::Person("a".into())),
        waits("a", "b"),
        of_process("a", "b", &path),
        all_of_state(xueji_runtime::state::InstanceState::Open),
        all_of_subject(&id, None),
        timer(&timer_id),
        failed(&timer_id),
        sweep("a", "b"),
        record(&id),
        record_indices("a", "b", &xueji_definition::value::Value::Int(1)),
        last_serial("a", "b"),
        number("a", "b"),
        paper_bytes("a"),
        paper("a"),
        papers_of_case("a"),
        outbox(1),
        notice(1),
        notices_to(&Reach::Person("a".into())),
        answered(&IdempotencyKey { token: "a".into(), path: "b".into(), key: "c".into() }),
        all_answered_at(),
        token("a"),
        release("a"),
        live(),
        live_since(1),
        proposal(1),
        proposal_waits(1),
        live_cohorts(),
        material_bytes("a"),
        material("a"),
        all_received("a", None),
        indexed_fields(),
        intent(),
        intent_whole(),
    ];
    let tags: std::collections::BTreeSet<u8> = keys.iter().map(|key| key[0]).collect();
    assert_eq!(tags.len(), keys.len());
}
