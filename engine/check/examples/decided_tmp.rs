//! Temporary.
#![allow(clippy::print_stdout, reason = "an example prints")]
use std::path::Path;
use std::time::Instant;
use xueji_check::solving::understand;
use xueji_definition::read_folder;
use xueji_rules::solve::*;
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(".");
    let (sources, _) = read_folder(&root.join("workflows"), &root.join("rules"))?;
    let u = understand(&sources);
    let (mut w, mut p, mut n, mut both, mut yes, mut no) = (0, 0, 0, 0, 0, 0);
    let mut solving = std::time::Duration::ZERO;
    let mut refuting = std::time::Duration::ZERO;
    for rule in u.rules.rules() {
        let g = u.ground(&rule.name, false);
        let t = Instant::now();
        let mut s = Solver::new(&g);
        let h = s.read(Judged::Rule(rule));
        match s.followed(h) {
            Followed::Wholly => w += 1,
            Followed::Partly(x) => {
                p += 1;
                println!("partly {} {:?}", rule.name, x.iter().map(|x| &x.0).collect::<Vec<_>>());
            }
            Followed::Not => {
                n += 1;
                println!("not {}", rule.name);
            }
        }
        let _ = (s.is_refuted(&[(h, Says::Yes)]), s.is_refuted(&[(h, Says::No)]));
        refuting += t.elapsed();
        let t = Instant::now();
        let a = s.satisfiable(&[(h, Says::Yes)]);
        let b = s.satisfiable(&[(h, Says::No)]);
        solving += t.elapsed();
        let (ay, bn) = (matches!(a, Answer::Sat(_)), matches!(b, Answer::Sat(_)));
        if ay {
            yes += 1
        }
        if bn {
            no += 1
        }
        if ay && bn {
            both += 1
        } else {
            println!("   undecided {}: yes {a:?} no {b:?}", rule.name);
        }
    }
    println!(
        "wholly {w} partly {p} not {n}; yes {yes} no {no} both {both}; read+refute {refuting:?} sat {solving:?}"
    );
    Ok(())
}
