//! The mistakes, by the part of a file in which they are made.

/// What an answer must have.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// `did you mean "WORD"?`
    Near(&'static str),
    /// What to write, or what is allowed.
    Says(&'static str),
}
pub(crate) use Answer::{Near, Says};

/// A mistake: the text as it was written, as it was meant, and the answer.
pub(crate) type Case = (&'static str, &'static str, Answer);

/// Steps of the `cli`.
pub(crate) const STEPS: &[Case] = &[
    ("suspnd 8h", "suspend 8h", Near("suspend")),
    ("Suspend 8h", "suspend 8h", Near("suspend")),
    ("sleeps 8h", "sleep 8h", Near("sleep")),
    ("suspend", "suspend 8h", Says(r#"as in "suspend 400ms""#)),
    ("suspend 8", "suspend 8h", Says("a number with ms, s, m or h, as in 400ms")),
    ("suspend 8 h", "suspend 8h", Says("a number with ms, s, m or h, as in 400ms")),
    ("suspend 8H", "suspend 8h", Says("a number with ms, s, m or h, as in 400ms")),
    ("suspend -8h", "suspend 8h", Says("a number with ms, s, m or h, as in 400ms")),
    ("suspend 1d", "suspend 24h", Says("a number with ms, s, m or h, as in 400ms")),
    ("suspend 25h", "suspend 24h", Says("at most 24h")),
    ("suspend for 8h", "suspend 8h", Says("a number with ms, s, m or h, as in 400ms")),
    ("8h suspend", "suspend 8h", Near("suspend 8h")),
    ("clock jump 1h", "clock jumps 1h", Near("jumps")),
    ("clock -1h", "clock jumps -1h", Says(r#""clock jumps -1h""#)),
    ("clock jumps back 1h", "clock jumps -1h", Says(r#""clock jumps -1h""#)),
    ("clock jumps - 1h", "clock jumps -1h", Says(r#""clock jumps -1h""#)),
    ("clock jumps", "clock jumps 1h", Says(r#""clock jumps 1h""#)),
    ("clock_jumps -1h", "clock jumps -1h", Near("clock jumps")),
    ("jumps -1h", "clock jumps -1h", Near("clock jumps")),
    ("disk ful 5s", "disk full 5s", Near("full")),
    ("disk stall 5s", "disk stalls 5s", Near("stalls")),
    ("disk full", "disk full 5s", Says(r#"as in "disk full 400ms""#)),
    ("disk 5s", "disk full 5s", Says("fails, full, stalls")),
    ("disk_full 5s", "disk full 5s", Near("disk full")),
    ("disk-stalls 5s", "disk stalls 5s", Near("disk stalls")),
    ("review S1", "review", Says(r#"write "review""#)),
    ("reviews", "review", Near("review")),
    ("profil work", "profile work", Near("profile")),
    ("profiles work", "profile work", Near("profile")),
    ("profile", "profile work", Says(r#""profile work"; a process begins with hermes"#)),
    ("profile my work", "profile work", Says("use letters and digits, as in work")),
    ("profile my_work", "profile work", Says("use letters and digits, as in work")),
    ("turn 3", "turn x3", Says(r#""turn x3" for several"#)),
    ("echo", "echo yes", Says(r#"as in "echo yes, do it""#)),
    ("ehco yes", "echo yes", Near("echo")),
    ("Echo yes", "echo yes", Near("echo")),
    ("echos yes", "echo yes", Near("echo")),
    ("echoe yes", "echo yes", Near("echo")),
    ("echo S1#1 yes", "echo yes", Says("what is said names S1#1")),
    ("echo _#900001 ok", "echo ok", Says("what is said names _#900001")),
    ("ack_drop", "sleep 1s", Says(r#"retain = { 1 = "ack_drop" }"#)),
    ("delay 4s", "sleep 4s", Says(r#"retain = { 1 = "delay 4s" }"#)),
    ("413", "sleep 1s", Says(r#"retain = { 1 = "413" }"#)),
];

/// Steps of other hosts.
pub(crate) const STEPS_ELSEWHERE: &[(&str, &str, &str, Answer)] = &[
    ("tui", "run 30s", "turn", Says(r#"or { host = "api_server" }"#)),
    ("api_server", "commit S1", "turn", Says(r#"host = "webui""#)),
    ("hooks", "start turn", "turn", Says(r#"or { host = "api_server" }"#)),
    ("gateway", "start echo yes", "echo yes", Says("what can is turn, new, evict")),
    ("api_server", "start review", "review", Says("what can is turn, new, evict")),
    ("api_server", "run 30s fail", "run 30s fails", Near("fails")),
    ("tui", "lose sessions.json", "turn", Says(r#"host = "gateway""#)),
];

/// Faults of the first retain.
pub(crate) const RETAIN: &[Case] = &[
    ("ack-drop", "ack_drop", Near("ack_drop")),
    ("ackdrop", "ack_drop", Near("ack_drop")),
    ("ack_loose 3s", "ack_lose 3s", Near("ack_lose")),
    ("ack_lose", "ack_lose 3s", Says(r#"as in "ack_lose 400ms""#)),
    ("ack_drop 3s", "ack_drop", Says(r#"write "ack_drop""#)),
    ("accept_stal", "accept_stall", Near("accept_stall")),
    ("accept_stall 40s", "accept_stall until 40s", Says(r#""accept_stall until 40s""#)),
    ("HTML", "html", Near("html")),
    ("foriegn", "foreign", Near("foreign")),
    ("emtpy", "empty", Near("empty")),
    ("empty body", "empty", Says(r#"write "empty""#)),
    ("unsucessful", "unsuccessful", Near("unsuccessful")),
    ("partial", "partial 1", Says(r#"as in "partial 1""#)),
    ("partial 0", "partial 1", Says(r#"from 1, as in "partial 1""#)),
    ("partial two", "partial 2", Says(r#"as in "partial 1""#)),
    ("partial 1 silently", "partial 1 silent", Near("silent")),
    ("partial silent 1", "partial 1 silent", Says(r#""partial 1 silent""#)),
    ("429 retry-after 5s", "429 retry_after 5s", Near("retry_after")),
    ("429 Retry_After 5s", "429 retry_after 5s", Near("retry_after")),
    ("429 retry_after", "429 retry_after 5s", Says(r#"as in "429 retry_after 5s""#)),
    ("429 retry_after 5", "429 retry_after 5s", Says("a number with ms, s, m or h, as in 400ms")),
    ("429 retry_after -5s", "429 retry_after 5s", Says("a number with ms, s, m or h, as in 400ms")),
    ("retry_after 5s", "429 retry_after 5s", Says(r#"as in "429 retry_after 5s""#)),
    ("retry_after 5s 429", "429 retry_after 5s", Says(r#"as in "429 retry_after 5s""#)),
    ("429 5s", "429 retry_after 5s", Says(r#""429 retry_after 5s""#)),
    ("503 retry_at", "503 retry_at 5s", Says(r#"as in "503 retry_at 5s""#)),
    ("503 retry_at 5s 6s", "503 retry_at 5s", Says(r#"as in "503 retry_at 5s""#)),
    ("200", "500", Says("an HTTP status from 300 to 599")),
    ("600", "599", Says("an HTTP status from 300 to 599")),
    ("4290", "429", Says("an HTTP status from 300 to 599")),
    ("http 503", "503", Says("faults: an HTTP status, drop")),
    ("304 to itself", "307 to itself", Says("301, 302, 303, 307 or 308")),
    ("500 to elsewhere", "302 to elsewhere", Says("301, 302, 303, 307 or 308")),
    ("307 to itslef", "307 to itself", Near("itself")),
    ("302 elsewhere", "302 to elsewhere", Near("302 to elsewhere")),
    ("302 to /login", "302 to elsewhere", Says(r#""302 to elsewhere""#)),
    ("to itself", "307 to itself", Says(r#"or "307 to itself""#)),
    ("401 untill 40s", "401 until 40s", Near("until")),
    ("hang untl 40s", "hang until 40s", Near("until")),
    ("401 until", "401 until 40s", Says(r#"as in "503 until 40s""#)),
    ("401 until 40", "401 until 40s", Says("a number with ms, s, m or h, as in 400ms")),
    ("until 40s", "401 until 40s", Says(r#"as in "503 until 40s""#)),
    ("until 40s 401", "401 until 40s", Says(r#"as in "503 until 40s""#)),
    ("401 until 0s", "401 until 40s", Says("a later end")),
    ("suspend 8h", "delay 8h", Says(r#"steps = ["suspend 8h"]"#)),
    ("disk full 5s", "delay 5s", Says(r#"steps = ["disk full 5s"]"#)),
];

/// Lines of `[faults]`.
pub(crate) const FAULTS: &[Case] = &[
    (r#"▸retian = { 1 = "html" }"#, r#"retain = { 1 = "html" }"#, Near("retain")),
    ("retain = { 1 = ▸503 }", r#"retain = { 1 = "503" }"#, Says(r#"write "503""#)),
    (
        r#"retain = { ▸"S1-2" = "413" }"#,
        r#"retain = { "S1#2" = "413" }"#,
        Says(r#"a turn that it brings, as in "S1#2""#),
    ),
    (
        r#"retain = { ▸"S1#0" = "413" }"#,
        r#"retain = { "S1#1" = "413" }"#,
        Says(r#"a turn that it brings, as in "S1#2""#),
    ),
    (r#"retain = { ▸"S1#9" = "413" }"#, r#"retain = { "S1#4" = "413" }"#, Says("S1 has S1#1 to S1#4")),
    (r#"retain = { ▸"s1#1" = "413" }"#, r#"retain = { "S1#1" = "413" }"#, Near("S1#1")),
    (r#"retain = { ▸"S2#1" = "413" }"#, r#"retain = { "S1#1" = "413" }"#, Says("sessions with turns: S1")),
    (r#"retain = { ▸0 = "413" }"#, r#"retain = { 1 = "413" }"#, Says("write its number, from 1")),
    (r#"retain = { ▸"all" = "413" }"#, r#"retain = { "*" = "413" }"#, Says(r#"or "*" for every one"#)),
    (r#"recall = { ▸"S1#2" = "413" }"#, r#"recall = { 2 = "413" }"#, Says(r#"or "*" for every one"#)),
    (r#"retain = ▸"413""#, r#"retain = { 1 = "413" }"#, Says("a table in braces belongs")),
];

/// Keys in `config`.
pub(crate) const CONFIG: &[Case] = &[
    (r#"host = ▸"api-server""#, r#"host = "api_server""#, Near("api_server")),
    (r#"host = ▸"TUI""#, r#"host = "tui""#, Near("tui")),
    (r#"host = ▸"hook""#, r#"host = "hooks""#, Near("hooks")),
    (r#"host = ▸"terminal""#, r#"host = "tui""#, Says("hosts: cli, ")),
    (r#"▸apend_lag = "200ms""#, r#"append_lag = "200ms""#, Near("append_lag")),
    (r#"▸append-lag = "200ms""#, r#"append_lag = "200ms""#, Near("append_lag")),
    (r#"▸end_hook_budjet = "1500ms""#, r#"end_hook_budget = "1500ms""#, Near("end_hook_budget")),
    (
        "end_hook_budget = ▸1500",
        r#"end_hook_budget = "1500ms""#,
        Says(r#"a duration in quotes belongs, as in "400ms""#),
    ),
    (r#"end_hook_budget = ▸"0s""#, r#"end_hook_budget = "1ms""#, Says("end_hook_budget must be longer than 0s")),
    (
        r#"host = "gateway", end_hook_budget = ▸"1s""#,
        r#"host = "tui", end_hook_budget = "1s""#,
        Says(r#"write host = "cli""#),
    ),
    (
        r#"bank_id_template = ▸"{profil}-{session}""#,
        r#"bank_id_template = "{profile}-{session}""#,
        Near("{profile}-{session}"),
    ),
    (
        r#"bank_id_template = ▸"{session}""#,
        r#"bank_id_template = "{profile}-{session}""#,
        Says("{profile}, {profile}-{session}"),
    ),
    (r#"▸bank_template = "{profile}""#, r#"bank_id_template = "{profile}""#, Near("bank_id_template")),
    ("append_lag = ▸200", r#"append_lag = "200ms""#, Says(r#"a duration in quotes belongs, as in "400ms""#)),
    (r#"append_lag = ▸"-200ms""#, r#"append_lag = "200ms""#, Says("a number with ms, s, m or h, as in 400ms")),
    (r#"append_lag = ▸"200""#, r#"append_lag = "200ms""#, Says("a number with ms, s, m or h, as in 400ms")),
];

/// Keys beside the others.
pub(crate) const TOP: &[Case] = &[
    ("missed_steps = ▸true", r#"missed_steps = "allowed""#, Says(r#"missed_steps is "allowed""#)),
    (r#"missed_steps = ▸"allow""#, r#"missed_steps = "allowed""#, Says(r#"missed_steps is "allowed""#)),
    (r#"▸missed_step = "allowed""#, r#"missed_steps = "allowed""#, Near("missed_steps")),
    (r#"▸append_lag = "200ms""#, "seed = 1", Says(r#"config = { append_lag = "200ms" }"#)),
    (r#"▸host = "tui""#, "seed = 1", Says(r#"config = { host = "gateway" }"#)),
    (r#"▸retain = { 1 = "503" }"#, "seed = 1", Says("write it in [faults]")),
];

/// Lines of `[expect]`.
pub(crate) const EXPECT: &[Case] = &[
    (r#"▸endless_wait = "pass""#, r#"endless-wait = "pass""#, Near("endless-wait")),
    (r#"▸no-reciept = "pass""#, r#"no-receipt = "pass""#, Near("no-receipt")),
    (r#"▸Spool = "pass""#, r#"spool = "pass""#, Near("spool")),
    (r#"▸wait_for_disk = "pass""#, r#"wait-for-disk = "pass""#, Near("wait-for-disk")),
    (r#"▸same-word = "pass""#, r#"same-words = "pass""#, Near("same-words")),
    (r#"▸lockfile = "pass""#, r#"lock-file = "pass""#, Near("lock-file")),
    (r#"▸process_setting = "pass""#, r#"process-setting = "pass""#, Near("process-setting")),
    (r#"spool = { lost = [▸"S1#900001"] }"#, r#"spool = { lost = ["S1#1"] }"#, Says("S1 has S1#1 to S1#4")),
    (r#"spool = ▸"fail""#, r#"spool = "pass""#, Says(r#"write "pass""#)),
    ("spool = ▸true", r#"spool = "pass""#, Says(r#""pass", or the damage, as in"#)),
    (
        r#"spool = { violates = [▸"traffic_is_bounded"] }"#,
        r#"spool = { violates = ["traffic-is-bounded"] }"#,
        Near("traffic-is-bounded"),
    ),
    (
        r#"spool = { violates = ["convergence", ▸"turn-start-at-once"] }"#,
        r#"spool = { violates = ["convergence", "turn-starts-at-once"] }"#,
        Near("turn-starts-at-once"),
    ),
    (
        r#"spool = { violates = [▸"refusal-reported"] }"#,
        r#"spool = { violates = ["refusal-is-reported"] }"#,
        Near("refusal-is-reported"),
    ),
    (
        r#"spool = { violates = [▸"Retry-After-is-kept"] }"#,
        r#"spool = { violates = ["retry-after-is-kept"] }"#,
        Near("retry-after-is-kept"),
    ),
    (
        r#"spool = { violates = [▸"accepted-message-answered"] }"#,
        r#"spool = { violates = ["accepted-message-is-answered"] }"#,
        Near("accepted-message-is-answered"),
    ),
    (r#"spool = { violates = [▸"no-loss"] }"#, r#"spool = { lost = ["S1#1"] }"#, Says(r#"write lost = ["S1#1"]"#)),
    (
        r#"spool = { violates = ▸"convergence" }"#,
        r#"spool = { violates = ["convergence"] }"#,
        Says(r#"write ["convergence"]"#),
    ),
    (r#"spool = { ▸violate = ["convergence"] }"#, r#"spool = { violates = ["convergence"] }"#, Near("violates")),
    (r#"spool = { lost = [▸"S1#9"] }"#, r#"spool = { lost = ["S1#4"] }"#, Says("S1 has S1#1 to S1#4")),
    (r#"spool = { lost = [▸"s1#1"] }"#, r#"spool = { lost = ["S1#1"] }"#, Near("S1#1")),
    (r#"spool = { lost = [▸"S1-1"] }"#, r#"spool = { lost = ["S1#1"] }"#, Says("turns are written as S1#2")),
    (r#"▸set_aside = ["S1#1"]"#, r#"spool = { lost = ["S1#1"] }"#, Says("releases: reference, ")),
];

/// A case in its file: with the mistake, and as it was meant.
pub(crate) struct Story {
    pub(crate) wrong: String,
    pub(crate) meant: String,
    pub(crate) answer: Answer,
}

/// The texts that a file is composed of.
pub(crate) struct Parts<'a> {
    pub(crate) host: &'a str,
    pub(crate) config: &'a str,
    pub(crate) step: &'a str,
    pub(crate) top: &'a str,
    pub(crate) faults: &'a str,
    pub(crate) expect: &'a str,
}

/// A file without a mistake.
pub(crate) const VALID: Parts<'_> =
    Parts { host: "cli", config: "", step: "\"sleep 1s\"", top: "", faults: "", expect: "reference = \"pass\"" };

pub(crate) fn file(parts: &Parts<'_>) -> String {
    let Parts { host, config, step, top, faults, expect } = parts;
    let host = if config.contains("host") { String::new() } else { format!("host = \"{host}\", ") };
    format!(
        "title = \"a story\"\nconfig = {{ {host}{config} }}\nsteps = [\n  \"turn x3\",\n  {step},\n  \"turn\",\n]\n{top}\n\n\
         [faults]\n{faults}\n\n[expect]\n{expect}\n"
    )
}

/// The cases of a table, each text in its place of a file.
fn stories(cases: &[Case], place: impl Fn(&str) -> String) -> Vec<Story> {
    let of = |(wrong, meant, answer): &Case| Story { wrong: place(wrong), meant: place(meant), answer: *answer };
    cases.iter().map(of).collect()
}

/// All cases, each in its file.
pub(crate) fn all() -> Vec<Story> {
    let step = |host: &str, text: &str| file(&Parts { host, step: &format!("▸\"{text}\""), ..VALID });
    let elsewhere = STEPS_ELSEWHERE.iter().map(|(host, wrong, meant, answer)| Story {
        wrong: step(host, wrong),
        meant: step(host, meant),
        answer: *answer,
    });
    let tables = [
        stories(STEPS, |text| step("cli", text)),
        elsewhere.collect(),
        stories(RETAIN, |text| file(&Parts { faults: &format!("retain = {{ 1 = ▸\"{text}\" }}"), ..VALID })),
        stories(FAULTS, |faults| file(&Parts { faults, ..VALID })),
        stories(CONFIG, |config| file(&Parts { config, ..VALID })),
        stories(TOP, |top| file(&Parts { top, ..VALID })),
        stories(EXPECT, |expect| file(&Parts { expect, ..VALID })),
    ];
    tables.into_iter().flatten().collect()
}
