//! What may be written in forms, lists of papers and the organisation, in Chinese.
//!
//! Invariant: English as the schema says it, on one line; sorted.

/// English, and Chinese.
pub(super) const WORDS: &[(&str, &str)] = &[
    ("A code of a list.", "代码表里的代码"),
    ("A date, YYYY-MM-DD.", "日期，写作 YYYY-MM-DD"),
    ("A line of help below the label.", "标签下面的一行说明"),
    ("A record, by type and id.", "一条记录，写类型和编号"),
    ("A whole number.", "整数"),
    ("An Office Open XML document or sheet.", "Office Open XML 文档或表格"),
    ("An amount of money, exact, in the currency's main unit.", "金额，以元计，不取近似"),
    ("An exact decimal number.", "小数，不取近似"),
    ("An uploaded file.", "上传的文件"),
    ("Comma-separated values.", "CSV 表格"),
    (
        "Every record of this type is a holder of the role, for itself.",
        "这种记录的每一条都自己担任该角色",
    ),
    (
        "Holders may administer: deploy releases, import records, make tokens.",
        "担任者可以管理：上线版本、导入记录、发放令牌",
    ),
    (
        "Holders may hold, resume, terminate and reopen cases of their unit, and record messages from outside.",
        "担任者可以对本单位的事项挂起、恢复、终止、重开，并登记外来的消息",
    ),
    (
        "Holders may read records, cases and history of their unit (without a unit: of all).",
        "担任者可以看本单位的记录、事项和历史（不写单位：全部）",
    ),
    (
        "How many people sign a release off, the one who proposes it included: 2 means that another one approves.",
        "一个版本要几个人签发，连提出的人在内：写 2 就要另一人同意",
    ),
    ("It may.", "可以"),
    ("It must.", "必须"),
    ("JPEG.", "JPEG 图片"),
    ("One field of a form, a record type or a table.", "表单、记录类型或表格的一个字段"),
    ("One line of text.", "一行文字"),
    ("One paper.", "一份材料"),
    ("One person holding one role.", "某人担任某角色"),
    ("One person standing in for another.", "某人代替某人"),
    ("One person.", "一个人"),
    ("One role.", "一个角色"),
    ("One unit.", "一个单位"),
    (
        "Other names of the same place, such as a room on old forms.",
        "同一处所的其他名称，例如旧表上的房间号",
    ),
    ("PDF.", "PDF 文件"),
    ("PNG.", "PNG 图片"),
    (
        "Papers of the same group stand in for one another: one of them is enough.",
        "同一组的材料可以互相代替：有一份就够",
    ),
    ("Plain text in UTF-8.", "UTF-8 纯文本"),
    ("Rows with columns.", "有几列的若干行"),
    ("Several fields that belong together.", "合在一起的几个字段"),
    ("Several lines of text.", "多行文字"),
    (
        "The class of data (`records.yaml`, `classes`) that decides who sees the field unmasked.",
        "数据类别（`records.yaml` 的 `classes`），决定谁能看到不遮蔽的值",
    ),
    ("The class of data that decides who may open the paper.", "数据类别，决定谁能打开这份材料"),
    (
        "The classes of data that holders see unmasked in their unit, decide or not.",
        "担任者在本单位能看到不遮蔽的值的数据类别，不论是否由其决定",
    ),
    (
        "The code list that the value is taken from; with `type: code`.",
        "取值的代码表；与 `type: code` 同写",
    ),
    (
        "The columns; with `type: table` (many rows) and `type: group` (one).",
        "各列；与 `type: table`（多行）或 `type: group`（一组）同写",
    ),
    (
        "The engine fills the field in from this expression; nobody types it.",
        "由系统按这个表达式填写，不由人填",
    ),
    ("The field holds a list of such values.", "字段存放若干个这样的值"),
    (
        "The field is asked for only when this holds; otherwise what is sent for it is refused.",
        "这个条件成立才要填；不成立时送来的值不收",
    ),
    ("The field must be filled in when this holds.", "这个条件成立时必须填"),
    ("The field must be filled in.", "必须填"),
    ("The greatest value.", "最大值"),
    ("The id of a record.", "一条记录的编号"),
    (
        "The kinds of file that are taken; all of them when not said.",
        "收哪些种类的文件；不写就都收",
    ),
    (
        "The kinds of file that can be uploaded, told by their content.",
        "可以上传的文件种类，由内容判定",
    ),
    ("The kinds of value that a field holds.", "字段可以存放的值的种类"),
    ("The least value.", "最小值"),
    (
        "The longest text, in characters, or the most rows of a table or list.",
        "文字最多几个字，或表格、列表最多几行",
    ),
    ("The original must be shown, not only a copy.", "须出示原件，不能只有复印件"),
    ("The paper is needed when this holds.", "这个条件成立时需要"),
    ("The paper is needed whenever the list applies.", "清单适用时都需要"),
    ("The people who hold roles, by id.", "担任角色的人，以编号为键"),
    ("The processes meant; all when not said.", "指哪些流程；不写就是全部"),
    (
        "The record that is this person, so that nobody decides their own case.",
        "这个人本人的记录，免得办自己的事项",
    ),
    (
        "The record type that the value names; with `type: record`.",
        "值是哪种记录；与 `type: record` 同写",
    ),
    ("The roles meant; all when not said.", "指哪些角色；不写就是全部"),
    (
        "The rule, article or chart box that asks for the paper.",
        "要求这份材料的规则、条文或流程图的框",
    ),
    (
        "The store keeps an index over the field, so that facts and queries on it are quick; record types only.",
        "为这个字段建索引，使事实和查询更快；只用于记录类型",
    ),
    (
        "The unit above; a role held there reaches down to this one.",
        "上级单位；在那里担任的角色也管到这里",
    ),
    (
        "The unit where the role is held; everywhere when not said.",
        "在哪个单位担任该角色；不写就是全部单位",
    ),
    ("What a new release needs before it goes live.", "新版本上线要什么"),
    (
        "What a new release needs before it goes live. That of the live release counts, so that none frees itself.",
        "新版本上线要什么；以现行版本所写的为准，谁也不能自己放宽",
    ),
    ("Whether a release comes with a note.", "版本是否要写说明"),
    ("Whether a release says what it changes and why.", "版本是否要写明改了什么、为什么"),
    ("Who holds which role where, from when to when.", "谁在哪里担任哪个角色，从何时到何时"),
    ("Who stands in for whom.", "谁代替谁"),
    ("Yes or no.", "是或否"),
    ("`forms/<id>.yaml`.", "表单文件 `forms/<编号>.yaml`"),
    ("`materials/<id>.yaml`.", "材料清单文件 `materials/<编号>.yaml`"),
    ("`organisation.yaml`.", "组织文件 `organisation.yaml`"),
    (
        "`steps.yaml`: steps written once and shared by `use`.",
        "`steps.yaml`：写一次、用 `use` 共用的步骤",
    ),
];
