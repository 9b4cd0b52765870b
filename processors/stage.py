"""The people stage of one events partition, pure: a message and the state rows in, alert revisions and public rows out.

The agent, `canbao judge`, the demo's offline run and the tests all call this same code. Rows are read and written through `Rows`, whose
`due` lists the local index of wakes (see `derive`).

A bug in a rule or in apply is contained: that person is quarantined, its message kept, and everyone else goes on. So is a tick or horizon that
cannot be taken: the world stays as it was, and the caller sets the message aside.
"""

from collections.abc import Callable, Mapping

from processors.alerts import Ledger
from processors.handling.half import alert_key, shown
from processors.handling.take import refused, take
from processors.judging import judge
from processors.output import Fault, Output, add
from processors.person.apply import JUDGED, Applied, apply_fact
from processors.person.changes import change_of
from processors.person.person import Person
from processors.person.sections import is_packed
from processors.person.state import HEAD, UNREADABLE, WakeEntry, decode_wakes, detail_key, encode, head_key, pack_detail, stored_ref
from processors.person.unmatched import CODE as UNMATCHED
from processors.person.unmatched import is_watched, take_due, watch
from processors.public_row import READS, public_row
from processors.quarantine import RELEASED_AT_ONCE, keep_raw, quarantine, release
from processors.questions import EVERYTHING, REQUIRED, touched_by, woken
from processors.restriction import is_restricted, restrict, withdraw
from processors.rows import Rows
from processors.rules.model import CALENDAR, Moment, Numbers
from processors.world import (
    PENDING_MAX,
    Control,
    Then,
    World,
    due_entry,
    due_person,
    due_range,
    is_due,
    moment,
    moments,
    swept,
    take_horizon,
    take_tick,
)
from processors.world_rows import read_world, write_world
from schemas.decision import Verdict
from schemas.errors import Code
from schemas.events import Command, Decided, Facts, Horizon, Message, Tick
from schemas.restrictions import RESTRICT

UNQUARANTINE = "unquarantine"
SWEEP_AT_ONCE = 25


def derive(key: bytes, value: bytes) -> list[bytes]:
    """Index entries of a row: one for each wake of a head row; a head that cannot be read has none, its person is set aside when met."""
    if key[:1] != HEAD:
        return []
    try:
        wakes = decode_wakes(value).wakes
    except UNREADABLE:
        return []
    return [due_entry(wake.clock, wake.day, key[1:]) for wake in wakes]


class PeopleStage:
    """The partition's world in memory over its rows. One object per partition and owner; `rows` may be a new handle each time.

    `strict` lets a failure out instead of quarantining the person: for `judge` and tests. `leave` sends what is decided about a person, inside
    the unit of that person: what cannot be encoded is its failure too, and nothing of the unit stays.
    """

    def __init__(
        self, policy: Numbers, topics: Mapping[str, str], *, strict: bool = False, leave: Callable[[Output], None] | None = None
    ) -> None:
        self.policy = policy
        self.topics = topics
        self.strict = strict
        self.leave = leave
        self.world = World()
        self._now: Moment | None = None

    def load(self, rows: Rows) -> None:
        """Read the partition's world after a take-over."""
        self.world = read_world(rows.get)
        self._now = None

    @property
    def now(self) -> Moment:
        """The Moment at the end of what was handled."""
        if self._now is None:
            self._now = moment(self.world.as_of, self.world.horizons(), self.policy, self.topics)
        return self._now

    @property
    def sweeping(self) -> bool:
        """Whether control records wait for the sweep."""
        return bool(self.world.pending)

    def handle(self, rows: Rows, message: Message) -> Output:
        """Take one message of the log, however long it takes."""
        output = Output()
        while True:
            part = self.part(rows, message)
            output.merge(part)
            if not part.unfinished:
                return output

    def part(self, rows: Rows, message: Message) -> Output:
        """Take one message of the log, or a slice of the work that stands before it: `unfinished` then, and it is to be handed over again."""
        if type(message) is Facts:
            return self._contained(rows, message.person, lambda into: self._facts(rows, message, into), message)
        output = Output()
        if isinstance(message, Tick | Horizon):
            self._control(rows, message, output)
        elif isinstance(message, Decided):
            self._decided(rows, message, output)
        elif isinstance(message, Command) and message.name == UNQUARANTINE:
            self._unquarantine(rows, message.person, output)
        elif isinstance(message, Command) and message.name == RESTRICT:
            output.merge(self._contained(rows, message.person, lambda into: self._restrict(rows, message.person, into), None))
        else:
            output.counts["control_reserved"] += 1
        return output

    def save(self, rows: Rows) -> None:
        """Write the partition's world."""
        write_world(rows, self.world)

    def _contained(self, rows: Rows, key: bytes, work: Callable[[Output], None], message: Facts | None) -> Output:
        """Do something about one person so that its failure concerns nobody else."""
        output = Output()
        try:
            with rows.unit():
                work(output)
                if self.leave is not None:
                    self.leave(output)
        except MemoryError:
            raise  # the machine's fault; should it be the person's after all, the process dies of the record again: `divert`
        except Exception as error:
            if self.strict:
                raise
            return self._set_aside(rows, message, Fault(key, type(error).__name__, _where(error)))
        return output

    def divert(self, rows: Rows, message: Facts) -> Output:
        """Set the person of a message aside unheard: the process died with it each time that it was handed over."""
        return self._set_aside(rows, message, Fault(message.person, "the process died with it", ""))

    def _set_aside(self, rows: Rows, message: Facts | None, fault: Fault) -> Output:
        quarantine(rows, fault.person, Code.POISON_PERSON, message)
        output = Output(faults=[fault])
        output.counts["quarantined"] += 1
        return output

    # facts

    def _facts(self, rows: Rows, message: Facts, output: Output) -> None:
        person = Person(message.person, rows.get)
        if person.head.quarantined:
            keep_raw(rows, person, message)
            output.counts["kept_in_quarantine"] += 1
            return
        if self.world.pending:
            for control, then in moments(self.world, self.policy, self.topics):
                catch_up(rows, person, control, then, output)
        changes = apply_all(person, message, self.world.as_of, output)
        if changes:
            self._judge_touched(rows, person, message, changes, output)
            if person.doubtful or is_watched(person):
                watch(person, self.world.as_of, self.policy)
        if self.world.pending:
            person.head.judged_to = self.world.numbered
        write(rows, person)

    def _judge_touched(self, rows: Rows, person: Person, message: Facts, changes: int, output: Output) -> None:
        if not self.world.as_of:
            person.head.wakes = [WakeEntry("*", CALENDAR, 1)]  # no day yet: everything is judged at the first tick
            return
        plan = touched_by(changes, person.head.flags & REQUIRED)
        publish(rows, person, judge(person, self.now, plan, event_id(message), message.facts), output)
        if changes & READS and (person.moved or not person.head.public):  # nothing is hashed where no line of a place moved
            publish_row(person, self.world.as_of, output)

    # decisions

    def _decided(self, rows: Rows, message: Decided, output: Output) -> None:
        """Answer a decision, whatever comes of it: a person who cannot be handled now is told to the clerk."""
        inner = self._contained(rows, message.person, lambda into: self._decision(rows, message, into), None)
        if not inner.results:
            later = refused(message.decision, Verdict.TRY_LATER, self.world.as_of)
            inner.merge(self._contained(rows, message.person, lambda into: into.results.append(later), None))
        output.merge(inner)

    def _decision(self, rows: Rows, message: Decided, output: Output) -> None:
        person = Person(message.person, rows.get)
        if person.head.quarantined:
            return
        if is_restricted(person):
            output.results.append(refused(message.decision, Verdict.ALERT_CLOSED, self.world.as_of))
            return
        for control, then in moments(self.world, self.policy, self.topics):
            catch_up(rows, person, control, then, output)
        taken = take(person, self.now, message.decision)
        output.results.append(taken.result)
        if taken.row is not None:
            rows.put(alert_key(person.key, taken.row.alert.alert_id), encode(taken.row))
        if person.head_was is not None:
            write(rows, person)
        if taken.published is not None:
            output.alerts.append(taken.published)
            person = Person(message.person, rows.get)  # rules that read decisions read them anew
            everything = woken(EVERYTHING, person.head.flags & REQUIRED)
            publish(rows, person, judge(person, self.now, everything, message.decision.decision_id), output)
            write(rows, person)

    def _unquarantine(self, rows: Rows, key: bytes, output: Output) -> None:
        """Take up what was kept, in slices; a person that fails again stays set aside, with what is left."""
        released: list[Facts] = []
        output.merge(self._contained(rows, key, lambda _: released.extend(release(rows, key)), None))
        for message in released:
            output.merge(self.part(rows, message))
        if output.faults:
            return
        if len(released) == RELEASED_AT_ONCE:
            output.unfinished = True
            return
        output.counts["unquarantined"] += 1
        person = Person(key, rows.get)
        if not person.head.quarantined and self.world.as_of:
            output.merge(self._contained(rows, key, lambda into: self._judge_all(rows, person, into), None))

    def _restrict(self, rows: Rows, key: bytes, output: Output) -> None:
        """From now on this person's facts are only stored: withdraw what was published."""
        person = Person(key, rows.get)
        restrict(person)
        output.counts["restricted"] += 1
        output.alerts += withdraw(rows, person, self.world.as_of)
        publish_row(person, self.world.as_of, output)
        write(rows, person)

    def _judge_all(self, rows: Rows, person: Person, output: Output) -> None:
        publish(rows, person, judge(person, self.now, woken(EVERYTHING, person.head.flags & REQUIRED), ""), output)
        publish_row(person, self.world.as_of, output)
        write(rows, person)

    # time

    def _control(self, rows: Rows, message: Tick | Horizon, output: Output) -> None:
        if len(self.world.pending) >= PENDING_MAX:
            output.merge(self.sweep(rows, SWEEP_AT_ONCE))
            output.unfinished = True
            return
        try:
            with rows.unit():
                advanced = take_tick(self.world, message) if isinstance(message, Tick) else take_horizon(self.world, message)
                self.save(rows)
        except MemoryError:
            raise
        except Exception as error:
            if self.strict:
                raise
            self.load(rows)  # as it was before
            output.refused.append(Fault(b"", type(error).__name__, _where(error)))
            return
        output.counts["control" if advanced else "control_stale"] += 1
        self._now = None

    def sweep(self, rows: Rows, limit: int) -> Output:
        """Ask at most `limit` persons whose wakes the oldest pending control record made due; it ends behind one that failed.

        The caller looks at each failure before the next person is asked: a rule that fails for all must not set a whole slice aside.
        """
        output = Output()
        if not self.world.pending:
            return output
        control, then = next(moments(self.world, self.policy, self.topics))
        entries = due_entries(rows, control, limit)
        if entries:
            now = then()
        for entry in entries:
            self._sweep_person(rows, due_person(entry), control, lambda: now, output)
            control.cursor = entry
            if output.faults:
                break
        if len(entries) < limit and not output.faults:
            swept(self.world)
        self.save(rows)
        return output

    def _sweep_person(self, rows: Rows, key: bytes, control: Control, then: Then, output: Output) -> None:
        def work(into: Output) -> None:
            person = Person(key, rows.get)
            if not person.head.quarantined:
                catch_up(rows, person, control, then, into)
                into.counts["swept"] += 1
                write(rows, person)

        output.merge(self._contained(rows, key, work, None))


def apply_all(person: Person, message: Facts, as_of: int, output: Output) -> int:
    """Apply all facts of a message; what changed (processors.person.changes)."""
    head = person.head
    if message.identity.birth_day and not head.birth_day:
        head.birth_day, head.sex = message.identity.birth_day, message.identity.sex
        head.standing = 0  # of what the records say nothing is proved any more
    origin = message.origin if message.origin != message.person else b""
    ref = stored_ref(message.feed, message.feed_partition, message.batch, message.snapshot, origin, message.event_id)
    changes = 0
    for fact in message.facts:
        fact.offset = message.offset
        applied = apply_fact(person, fact, ref, as_of)
        output.counts[applied] += 1
        if applied in JUDGED or person.moved:
            changes |= change_of(fact)
        elif applied is Applied.CONFLICT:
            add(output.conflicts, {message.feed: 1})
    return changes


def catch_up(rows: Rows, person: Person, control: Control, made: Then, output: Output) -> None:
    """Judge a person under a control record that has not reached it yet."""
    if control.number <= person.head.judged_to:
        return
    due = frozenset(wake.rule for wake in person.head.wakes if is_due(wake.clock, wake.day, control))
    if due:
        _judge_due(rows, person, due, made(), output)
    person.head.judged_to = control.number


def _judge_due(rows: Rows, person: Person, due: frozenset[str], then: Moment, output: Output) -> None:
    """Ask the rules that a control record woke, as of its place in the log."""
    if UNMATCHED in due:
        add(output.unmatched, take_due(person, then.as_of, then.policy))
        due -= {UNMATCHED}
    if due:
        publish(rows, person, judge(person, then, woken(due, person.head.flags & REQUIRED), ""), output)
        if "*" in due:
            publish_row(person, then.as_of, output)


def due_entries(rows: Rows, control: Control, limit: int) -> list[bytes]:
    """Due entries after the cursor, over the clocks of the control record in order."""
    ranges = sorted([due_range(control.clock, control.day), *(due_range(clock, None) for clock in control.wider)])
    found: list[bytes] = []
    after = control.cursor + b"\x00" if control.cursor else b""
    for start, end in ranges:
        if after < end and len(found) < limit:
            found += rows.due(end, limit - len(found), max(start, after))
    return found


def event_id(message: Facts) -> str:
    """The source's own id of an event, or its position."""
    return message.event_id.hex() if message.event_id else f"{message.feed}/{message.feed_partition}/{message.offset}"


def _where(error: Exception) -> str:
    """File and line where a failure happened; never its message, which may hold a value."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else ""


def publish(rows: Rows, person: Person, ledger: Ledger, output: Output) -> None:
    """Send the revisions and keep the rows of their alerts."""
    for identifier, row in ledger.rows.items():
        if any(alert.alert_id == identifier for alert in ledger.published):
            rows.put(alert_key(person.key, identifier), encode(row))
    output.alerts += [shown(alert, ledger.rows[alert.alert_id].half) for alert in ledger.published]


def publish_row(person: Person, as_of: int, output: Output) -> None:
    """Send the public row if it changed."""
    row = public_row(person, as_of)
    if row is not None:
        output.public.append(row)


def write(rows: Rows, person: Person) -> None:
    """Write the rows of a person that changed; the head is compared, so an unchanged one costs nothing downstream."""
    for section, row in sorted(person.dirty.items()) if len(person.dirty) > 1 else person.dirty.items():
        key = detail_key(person.key, section)
        if row.facts:
            rows.put(key, pack_detail(row) if is_packed(section) else encode(row))
        else:
            rows.delete(key)
    person.dirty.clear()
    head = encode(person.head)
    if head != person.head_was:
        rows.put(head_key(person.key), head)
        person.head_was = head
