"""The parts of Annex IV of Regulation (EU) 2024/1689, filled from what an installation says of itself.

Tonewatch infers emotions of people who call (Annex III, 1 (c)); of the agent, whose emotions Art. 5 (1) (f) forbids to
infer at work, it infers none: no setting does.
"""

from __future__ import annotations

from tonewatch.models.technical_file.collected import Collected
from tonewatch.models.technical_file.section import Section, Table

PURPOSE = (
    "To show a supervisor, while a call lasts, where in it the caller's tone degrades, and why, in "
    "measurements that can "
    "be checked; the supervisor decides what is done. It rates no agent and decides nothing about a caller."
)


def sections(c: Collected) -> list[Section]:
    """In the order of the annex."""
    return [
        _general(c),
        _built(c),
        _data(c),
        _oversight(c),
        _tested(c),
        _security(c),
        _control(c),
        _metrics(c),
        _risks(c),
        _changes(c),
        Section(
            "7", "Standards applied", open_points=["No harmonised standard is named: the provider lists those applied."]
        ),
        Section("8", "EU declaration of conformity", open_points=["The provider adds a copy of it (Art. 47)."]),
        _market(c),
    ]


def _general(c: Collected) -> Section:
    rows = [
        ("provider", c.provider or "OPEN"),
        ("intended purpose", c.purpose or PURPOSE),
        ("release", c.release),
        ("digest of the sources of stream", c.made_by.code),
        ("Python, machine of this file", f"{c.python}, {c.machine}"),
    ]
    said = [
        "Forms of supply: a Python package, container images for CPUs and NVIDIA GPUs, manifests for Kubernetes.",
        "It works with Kafka, from which it takes calls and to which it writes alerts, with Redis and a SQL database; "
        "people see it as a page in a browser.",
    ]
    lacking = [] if c.provider else ["Name and address of the provider: --provider."]
    photos = ["Photographs and instructions for use of a product that this is part of, where it is part of one."]
    return Section("1", "General description", said, [Table(("what", "is"), rows)], open_points=[*lacking, *photos])


def _built(c: Collected) -> Section:
    made = c.made_by
    rows = [
        ("rules", made.rules),
        ("settings of the judging core", made.settings),
        ("head", made.head),
        ("manners", made.manners),
    ]
    weights = [(name, digest) for name, digest in c.weights.items()]
    cards = list(c.cards.items())
    return Section(
        "2 (a)-(c)",
        "How it is built: models, design, settings in force",
        ["Each alert carries these digests, and `tonewatch explain-alert` follows one to the audio that it rests on."],
        [
            Table(("in force", "digest"), rows),
            Table(("rule", "kind", "what it is set to"), [_rule(rule) for rule in c.rules]),
            Table(("setting that differs from its default", "role", "value"), _settings(c)),
            Table(("weights", "SHA-256"), weights),
            Table(("package", "version", "licence"), c.packages),
        ],
        cards,
        [] if cards else ["The model cards are not in this installation."],
    )


def _rule(rule: dict[str, object]) -> tuple[str, ...]:
    said = ", ".join(
        f"{name} {value}" for name, value in rule.items() if name not in ("name", "kind") and value not in (None, "")
    )
    return str(rule.get("name", "")), str(rule.get("kind", "")), said


def _settings(c: Collected) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [
        (name, role, value) for role, said in c.settings.items() for name, value in said.items()
    ]
    return found or [("none", "all", "the defaults are in force")]


def _data(c: Collected) -> Section:
    return Section(
        "2 (d)",
        "Data that the models were trained on",
        [
            "Corpora, their speakers, languages and licences stand in the model card under 2 (a)-(c): acted speech.",
        ],
        open_points=[
            "Why these data are representative of the people who will call, and how that was examined (Art. 10).",
            "Data of real callers: none was used, and no figure is about them.",
        ],
    )


def _oversight(c: Collected) -> Section:
    return Section(
        "2 (e)",
        "Human oversight (Art. 14)",
        [
            "An alert is shown to a person with its reason, each claim of which was checked against the "
            "measurements; it "
            "acts on nothing by itself. People acknowledge, snooze, assign, resolve and comment, and judge "
            "alerts at the "
            "review desk; who looked, heard and did what is in a tamper-evident audit (`tonewatch audit verify`).",
            "What the model is not sure of it does not judge; the reason why is told of each such segment.",
        ],
        open_points=["Training of the supervisors and their authority to overrule: the deployer's."],
    )


def _tested(c: Collected) -> Section:
    tables = (
        [Table(("tests of", "functions"), [(room, str(count)) for room, count in c.tests.items()])] if c.tests else []
    )
    lacking = [] if c.tests else ["The tests are in the sources, not in this installation."]
    if c.ran:
        tables.append(Table(("run of the tests", "number"), [(name, str(count)) for name, count in c.ran.items()]))
    else:
        lacking.append("The result of a run of the tests, dated and signed: --junit FILE (pytest --junitxml=FILE).")
    if c.fairness:
        tables.append(_fairness(c.fairness))
    else:
        lacking.append("Figures by group of people: --fairness FILE (tonewatch evaluate fairness --json FILE).")
    return Section("2 (g)", "Validation and testing", tables=tables, open_points=lacking)


def _fairness(found: dict[str, object]) -> Table:
    groups = found["groups"]
    assert isinstance(groups, list)

    def share(one: dict[str, dict[str, object]], name: str) -> str:
        part, whole, interval = (one[name][key] for key in ("part", "whole", "voices"))
        text = f"{part} of {whole}"
        return f"{text} ({interval[0]:.2f} to {interval[1]:.2f})" if isinstance(interval, list) else text

    rows = [
        (
            f"{one['grouping']} {one['group']}",
            str(one["voices"]),
            *(share(one, name) for name in ("recall", "false_alarms", "abstained")),
        )
        for one in groups
    ]  # fmt: skip
    return Table(("group", "voices", "degraded clips found", "others called degraded", "abstained"), rows)


def _security(c: Collected) -> Section:
    secured = sorted(
        {name for said in c.settings.values() for name in said if name.startswith(("kafka_mechanism", "kafka_ca"))}
    )
    return Section(
        "2 (h)",
        "Cybersecurity (Art. 15)",
        [
            "Each role has rights on its own topics alone (`tonewatch topics acl`); weights are loaded only with "
            "the SHA-256 "
            "that is written beside them; no pickle is read; dependencies are locked with hashes.",
            f"Encryption and identity towards Kafka: {', '.join(secured)} are set."
            if secured
            else "Kafka is used without encryption and identity in the configuration of this file.",
        ],
        open_points=["A penetration test by somebody else, with its date and what came of it."],
    )


def _control(c: Collected) -> Section:
    benchmarks = [(name, text) for name, text in c.pages.items() if name in ("BENCHMARKS.md", "stream/GUARANTEES.md")]
    return Section(
        "3",
        "Monitoring, functioning and control: capabilities and limits",
        ["What was measured, and what is not known, as it stands in the project's own pages."],
        markdown=benchmarks,
        open_points=[] if benchmarks else ["Figures and guarantees stand in the sources, not in this installation."],
    )


def _metrics(c: Collected) -> Section:
    return Section(
        "4",
        "Why these metrics",
        [
            "Of calls: the onsets that are found and the false alerts an hour, with intervals over voices, because a "
            "supervisor's attention is what a false alert costs. Of clips: recall, calibration and abstention, "
            "because a "
            "probability that is shown must be one. By group of people: found, called wrongly and not judged, "
            "each apart.",
        ],
    )


def _risks(c: Collected) -> Section:
    rows = [
        (
            "the agent is judged",
            "the type that is judged cannot be made of an agent's segment; such records are refused",
        ),
        ("a caller who was not told is judged", "refused by the listener and by the monitor; fail closed"),
        (
            "channels are swapped",
            "noticed by greetings and by who speaks first, told to the deployment; not always seen",
        ),
        ("a group of people is judged worse", "measured by group (2 (g))"),
        ("a reason that is made up", "each claim is checked against the measurements, else the facts speak"),
        (
            "an alert is believed blindly",
            "evidence and uncertainty are shown; people's verdicts are counted as precision",
        ),
        ("somebody alters what was done", "hash chain, seals, `tonewatch audit verify`"),
    ]
    return Section(
        "5",
        "Risk management (Art. 9)",
        tables=[Table(("risk", "what is done"), rows)],
        open_points=["Likelihood and severity of each in this deployment, the residual risk, and who accepted it."],
    )


def _changes(c: Collected) -> Section:
    changes = [(name, text) for name, text in c.pages.items() if name == "CHANGELOG.md"]
    return Section(
        "6", "Changes", markdown=changes, open_points=[] if changes else ["The list of changes is in the sources."]
    )


def _market(c: Collected) -> Section:
    rows = [(name, f"{days:g}") for name, days in c.retention_days.items()]
    return Section(
        "9",
        "Monitoring after it is put to use (Art. 72)",
        [
            "Drift of the posteriors against a reference (`tonewatch_posterior_psi`), precision by what people say of "
            "alerts, lost and refused records, delays: metrics with what is normal, and alert rules with a "
            "runbook each.",
        ],
        [Table(("topic", "days that Kafka keeps it"), rows)],
        [(name, text) for name, text in c.pages.items() if name == "stream/service/METRICS.md"],
        ["Who looks at these figures and how often, and how serious incidents are reported (Art. 73)."],
    )
