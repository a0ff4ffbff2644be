#!/usr/bin/env python3
"""Makes the sample's people and classes: `python3 workflows/sample/make.py`, from the project's folder.

Everybody is invented. Identity numbers use division 500199, which belongs to no place, with valid check digits, so that
none can be a living person's. The same seed gives the same files; what stands in scenarios/cast.yaml is left out here.
"""

import csv
import datetime
import random
import re
from pathlib import Path

HERE = Path(__file__).parent
SEED = 20261223
GRADES = range(2022, 2027)
PER_CLASS = 28
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

# code, college, level, years, fee, digits in student numbers, short name, subject group, classes a grade, credits, degree
PROGRAMMES = (
    ("080901", "01", "bachelor", 4, 5500, "01", "计算机", "physics", 2, 165, "08"),
    ("120203K", "02", "bachelor", 4, 5000, "05", "会计学", "history", 2, 160, "12"),
    ("050201", "03", "bachelor", 4, 5000, "12", "英语", "history", 2, 160, "05"),
    ("081001", "04", "bachelor", 4, 5500, "08", "土木工程", "physics", 2, 168, "08"),
    ("130502", "05", "bachelor", 4, 12000, "15", "视觉传达设计", "art_sport", 2, 160, "13"),
    ("080202", "06", "bachelor", 4, 5500, "18", "机械", "physics", 2, 168, "08"),
    ("510201", "01", "junior", 3, 6500, "21", "计算机应用技术", "physics", 2, 120, ""),
    ("530302", "02", "junior", 3, 6500, "23", "大数据与会计", "history", 2, 120, ""),
)
ENTRY = {2022: "2022-08-27", 2023: "2023-09-02", 2024: "2024-08-31", 2025: "2025-08-30", 2026: "2026-08-29"}
SURNAMES = "云岭溪川原野松柏梧桐杉枫荷菊兰竹岚峰岩泉湖洲汀渡桥亭楼阁舟帆"
GIVEN = "安宁清和明远思齐若水知行守拙怀瑾望舒听澜问渠长风朝阳星河北辰南乔西岭东篱初晴晚照"


def id_number(born, serial, male):
    digits = f"500199{born:%Y%m%d}{serial * 2 + (1 if male else 0):03d}"
    total = sum(int(d) * w for d, w in zip(digits, WEIGHTS))
    return digits + "10X98765432"[total % 11]


def cast():
    text = (HERE.parent / "scenarios" / "cast.yaml").read_text(encoding="utf-8")
    numbers = set(re.findall(r'type: student\s+id: "?(\d{12})', text) + re.findall(r'type: student, id: "?(\d{12})', text))
    classes = set(re.findall(r'\b(20\d\d-[0-9K]+-\d)\b', text))
    return numbers, classes


def student(rng, programme, grade, serial, klass, used):
    code, college, level, years, fee, digits, _, group, _, needed, _ = programme
    number = f"{grade}{college}{1 if level == 'bachelor' else 2}{digits}{serial:03d}"
    male = rng.random() < 0.5
    while True:
        born = datetime.date(grade - 19, 9, 1) + datetime.timedelta(days=rng.randrange(365))
        place = rng.randrange(500)
        if (born, place, male) not in used:
            used.add((born, place, male))
            break
    done = grade + years <= 2026
    extended = done and rng.random() < 0.02
    graduated = done and not extended
    senior = not done and grade + years == 2027
    credits = needed * min(1.0, (2026.4 - grade) / years)
    row = {
        "student_no": number,
        "candidate_no": f"{grade % 100:02d}5001{college}{number[-7:-4]}{serial:03d}",
        "name": rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.choice((1, 2, 2)))),
        "sex": "1" if male else "2",
        "birth_date": born.isoformat(),
        "ethnicity": rng.choices(("01", "15", "06"), (92, 5, 3))[0],
        "id_type": "1",
        "id_no": id_number(born, place, male),
        "political_status": rng.choices(("03", "13", "02"), (80, 16, 4))[0],
        "origin_province": rng.choices(("50", "51", "52", "42"), (70, 15, 10, 5))[0],
        "college_code": college,
        "programme_code": code,
        "class_code": klass,
        "level": level,
        "study_form": "full_time",
        "admission_type": {"art_sport": "art"}.get(group, "national" if level == "bachelor" else "separate"),
        "subject_group": group,
        "schooling_years": str(years),
        "max_years": str(years + 2),
        "fee_rate": str(fee),
        "enrol_date": ENTRY[grade],
        "grade": str(grade),
        "expected_grad_date": "2026-12-31" if extended else f"{grade + years}-06-30",
        "status": "07" if graduated else "01",
        "registration_state": "registered",
        "registered_on": f"{grade}-09-20" if grade < 2026 else "2026-11-16",
        "term_registered": "false" if graduated else "true",
        "info_locked": "true" if graduated else "false",
        "transfer_count": "0",
        "gpa": f"{rng.uniform(1.9, 3.9):.2f}",
        "credits_earned": str(round(credits)),
        "failed_courses": "0" if graduated else str(rng.choices((0, 1, 2), (90, 7, 3))[0]),
        "moral_ok": "true",
        "pe_ok": "true",
        "arrears": rng.choices(("0", "1200", "5000"), (95, 3, 2))[0],
        "portrait_state": "confirmed" if graduated or (senior and rng.random() < 0.97) or extended else "none",
        "portrait_match": "pass" if done or senior else "",
        "studied_all": "true" if done or senior else "",
        "practice_ok": "true" if done or senior else "",
        "thesis_score": str(rng.randrange(62, 96)) if done or senior else "",
        "thesis_passed": "true" if done or senior else "",
        "graduation_result": "graduated" if graduated else "",
        "graduated_on": f"{grade + years}-06-30" if graduated else "",
        "diploma_no": "",
        "grad_stage": "collected" if graduated else "",
        "degree_no": "",
        "degree_date": "",
        "degree_category": "",
        "degree_stage": "",
        "degree_refusals": "",
        "card_serial": "1",
    }
    return row


def certificates(rows):
    """Numbers those who have graduated; from 500001 on, far from the numbers that the engine gives out."""
    diplomas, degrees = {}, {}
    categories = {programme[0]: programme[-1] for programme in PROGRAMMES}
    for row in rows:
        if row["graduation_result"] != "graduated":
            continue
        year, bachelor = row["graduated_on"][:4], row["level"] == "bachelor"
        level = "05" if bachelor else "06"
        diplomas[year, level] = diplomas.get((year, level), 500000) + 1
        row["diploma_no"] = f"599991{year}{level}{diplomas[year, level]}"
        if not bachelor:
            continue
        row["degree_category"] = categories[row["programme_code"]]
        if float(row["gpa"]) < 2.0:
            row |= {"degree_stage": "refused", "degree_refusals": "1"}
            continue
        degrees[year] = degrees.get(year, 500000) + 1
        row |= {"degree_no": f"599994{year}{degrees[year]}", "degree_date": f"{year}-06-20", "degree_stage": "collected"}


def main():
    rng = random.Random(SEED)
    taken, known_classes = cast()
    used = set()
    students, classes = [], []
    for grade in GRADES:
        for programme in PROGRAMMES:
            code, college, *_, title, _, count, _, _ = programme
            serial = 0
            for number in range(1, count + 1):
                klass = f"{grade}-{code}-{number}"
                if klass not in known_classes:
                    classes.append({"class_code": klass, "name": f"{grade}级{title}{number}班", "college_code": college,
                                    "programme_code": code, "grade": str(grade)})
                for _ in range(PER_CLASS):
                    serial += 1
                    row = student(rng, programme, grade, serial, klass, used)
                    if row["student_no"] not in taken:
                        students.append(row)
    certificates(students)
    for name, rows in (("class", classes), ("student", students)):
        with open(HERE / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
            out = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
            out.writeheader()
            out.writerows(rows)
        print(f"{name}.csv: {len(rows)}")


if __name__ == "__main__":
    main()
