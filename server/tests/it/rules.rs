//! What differs between two versions of rules is told in the words of the forms that they judge.

use std::fs;

use crate::hall;
use crate::validate::{code, copy, in_language, out};

#[test]
fn a_field_is_called_as_in_the_form_that_the_rule_judges() {
    let folder = tempfile::tempdir().unwrap();
    copy(&hall::folder(), folder.path());
    let put = |file: &str, text: &str| fs::write(folder.path().join(file), text).unwrap();
    let rules = fs::read_to_string(folder.path().join("rules/booking.rhai")).unwrap();
    let few = "fn few_bookings(subject, param) { subject.bookings < param.booking.max }";
    assert!(rules.contains(few));
    let judging = |most: &str| {
        rules.replace(few, &format!("fn few_bookings(form) {{ form.seats < {most} }}"))
    };
    put("old.rhai", &judging("200"));
    put("rules/booking.rhai", &judging("100"));
    // A form that stands first by its name, and that no process of the rule shows.
    put(
        "workflows/forms/a-form.yaml",
        "form: a-form\ntitle: {zh: 车, en: A car}\nfields:\n  seats: {title: {zh: 车座, en: Seats of a car}, type: number}\n",
    );
    let told = in_language(
        &folder,
        &["rules", "diff", "old.rhai", "rules/booking.rhai"],
        &[("XUEJI_LANG", "en")],
    );
    let text = out(&told);
    assert_eq!(code(&told), Some(10), "{text}");
    assert!(text.contains("Seats（form.seats）") && !text.contains("Seats of a car"), "{text}");
}
