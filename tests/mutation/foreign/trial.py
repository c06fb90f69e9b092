"""What the conformance kit says of one mutant: the corpus up to the first kill, then the hunt.

A time limit here is one of processor time, which the kernel keeps: a busy machine kills no mutant.
Linux alone.
"""

import base64
import os
import resource
import shlex
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from pithmerge.conformance import hunt
from pithmerge.conformance.corpus import Case, Corpus
from pithmerge.conformance.hunt import OTHER_ENVIRONMENT, hunt_law
from pithmerge.conformance.implementations import UnusableImplementation, open_implementation
from pithmerge.conformance.laws import LAWS
from pithmerge.conformance.process import Child, ChildCrashed, ChildError, ChildTimeout
from pithmerge.conformance.protocol import (
    ProtocolError,
    check_answer,
    check_hello,
    decode_line,
    encode_line,
    hello_request,
    run_request,
    why_not_asked,
)
from pithmerge.conformance.sharing import shares_of
from pithmerge.conformance.verdicts import Verdict, judge_answer
from tests.mutation.foreign.survivors import Mutant

SECONDS: Final = 3
"""What a case may use of the processor is this, and `TIMES_HEALTHY` what it uses unchanged."""
TIMES_HEALTHY: Final = 20
PATIENCE_SECONDS: Final = 900.0
"""By the clock, for whatever waits for the processor."""
BYE_SECONDS: Final = 1.0
QUICK_SECONDS: Final = 0.05
"""Cases that take longer, of the processor, are asked of what the others leave."""
MOST_HOSTED: Final = 200
"""So many programs are imported into one process: it keeps them."""
MEGABYTES: Final = 1024
"""A mutant that eats memory ends of that."""

NODE: Final = f"node --max-old-space-size={MEGABYTES}"
START: Final = "does not start"

_UNLIMITED: Final = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


class Unhealthy(Exception):  # noqa: N818 - what it says of the modules
    """Unchanged, they do not pass every case, so nothing can be said of any mutant."""


class Unsettled(Exception):  # noqa: N818 - what it says of a mutant
    """A mutant neither answered nor used up its time of the processor."""


@dataclass
class Question:
    """A case, and what is known of it.

    Attributes:
        case: it.
        line: the request.
        reply: what the unchanged program answers, which passes.
        seconds: what that cost of the processor.
        reached: a bit for each mutant whose text is run by it.
    """

    case: Case
    line: bytes
    reply: bytes = b""
    seconds: float = 0.0
    reached: int = 0

    def is_passed_by(self, reply: bytes, seq: int) -> bool:
        """Whether a reply is good."""
        if reply == self.reply:
            return True
        try:
            answer = check_answer(decode_line(reply), seq, self.case.op)
        except ProtocolError:
            return False
        if "unsupported" in answer:
            return False
        return judge_answer(answer, self.case.op, self.case.expect).verdict is Verdict.PASS


class Judge:
    """The corpus, each mutant asked those cases that run its text, in the order that kills soon.

    Neighbouring mutants mostly die of one case: whatever killed goes to the front. Neither order
    nor choice has a part in who survives: a program is as it was until changed text of it is run.
    """

    def __init__(self, folder: Path) -> None:
        """Load the corpus and ask all of it of the unchanged program; ``folder/web`` holds that.

        Raises:
            Unhealthy: a case does not pass.
        """
        self._web = folder / "web"
        self._folder = folder
        self._changed = folder
        self._number = 0
        self._host: Child | None = None
        self._hosted = 0
        self._questions = {
            seq: Question(case, encode_line(run_request(seq, case.op, case.request_inputs())))
            for seq, case in enumerate(Corpus.shipped().cases(), start=1)
        }
        reached = folder / f"reached-{os.getpid()}.txt"
        reached.unlink(missing_ok=True)
        program = Path(__file__).with_name("covering.mjs")
        self._ask_all(shlex.join([*shlex.split(NODE), str(program), str(self._web), str(reached)]))
        bits = reached.read_text("ascii").splitlines()[1:]
        reached.unlink()
        for question, line in zip(self._questions.values(), bits, strict=True):
            question.reached = int.from_bytes(base64.b64decode(line), "little")
        # The quick ones first: whoever dies dies soon.
        self._order = sorted(self._questions, key=lambda seq: self._questions[seq].seconds)

    def _ask_all(self, command: str) -> None:
        with _started(command) as (child, hello):
            resource.prlimit(child.pid, resource.RLIMIT_CPU, _UNLIMITED)
            # What it does not say that it can do is not asked of its mutants either.
            self._questions = {
                seq: question
                for seq, question in self._questions.items()
                if why_not_asked(hello, question.case.op, question.case.inputs) is None
            }
            for seq, question in self._questions.items():
                before = _seconds_used(child.pid)
                reply = child.ask(question.line, seconds=PATIENCE_SECONDS)
                question.seconds = _seconds_used(child.pid) - before
                if not question.is_passed_by(reply, seq):
                    raise Unhealthy(question.case.id)
                question.reply = reply

    def killed_by(
        self, mutant: Mutant, place: int, hint: str | None = None, *, quick: bool = False
    ) -> str | None:
        """The case that a mutant does not pass; None if it passes all.

        Args:
            mutant: which one.
            place: its place in ``mutants.json``.
            hint: the id of the case to ask first.
            quick: leave out the cases of more than `QUICK_SECONDS`.

        Raises:
            Unsettled: nothing can be said.
        """
        if hint is not None:
            self._to_front(seq for seq in self._order if self._questions[seq].case.id == hint)
        asked = [
            seq
            for seq in self._order
            if self._questions[seq].reached >> place & 1
            and not (quick and self._questions[seq].seconds > QUICK_SECONDS)
        ]
        if not asked:
            return None
        with self.changed(mutant):
            try:
                if not self._host_runs_changed():
                    self._end_host()
                    return START
            except ChildError:
                self._end_host()
                return START
            for seq in asked:
                if not self._passes(seq):
                    self._to_front([seq])
                    return self._questions[seq].case.id
        return None

    def _host_runs_changed(self) -> bool:
        """Whether the host, one that lives or a new one, has started the changed program."""
        if self._host is None or self._hosted >= MOST_HOSTED:
            self._end_host()
            self._host = Child(f"{NODE} {shlex.quote(str(Path(__file__).with_name('host.mjs')))}")
        self._hosted += 1
        _limit(self._host.pid, 10 * SECONDS)
        line = b"!" + str(self._changed).encode()
        if self._host.ask(line, seconds=PATIENCE_SECONDS) != b"ready":
            return False
        hello = self._host.ask(encode_line(hello_request()), seconds=PATIENCE_SECONDS)
        try:
            check_hello(decode_line(hello))
        except ProtocolError:
            return False
        return True

    def _passes(self, seq: int) -> bool:
        assert self._host is not None
        question = self._questions[seq]
        _limit(self._host.pid, SECONDS + TIMES_HEALTHY * question.seconds)
        try:
            reply = self._host.ask(question.line, seconds=PATIENCE_SECONDS)
        except ChildTimeout as error:
            self._end_host()
            raise Unsettled(f"{question.case.id}: {error}") from None
        except ChildError:
            self._end_host()
            return False
        return question.is_passed_by(reply, seq)

    def _end_host(self) -> None:
        if self._host is not None:
            self._host.close()
        self._host = None
        self._hosted = 0

    def hunted_by(self, mutant: Mutant, *, max_examples: int, seed: int) -> str | None:
        """The law that a mutant breaks; None if the hunt finds nothing.

        Args:
            mutant: which one.
            max_examples: how many event sets are drawn, for all laws together.
            seed: what they are drawn from.
        """
        with self.changed(mutant) as command, _unshrunk():
            implementation = open_implementation(command, start_seconds=PATIENCE_SECONDS)
            try:
                for law, share in shares_of(tuple(LAWS), max_examples).items():
                    found = hunt_law(
                        law,
                        implementation,
                        elsewhere=lambda: open_implementation(
                            command, start_seconds=PATIENCE_SECONDS, environment=OTHER_ENVIRONMENT
                        ),
                        max_examples=share,
                        random_seed=seed,
                        seconds=PATIENCE_SECONDS,
                    )
                    if found is not None:
                        return found.law
            finally:
                implementation.close(seconds=BYE_SECONDS)
        return None

    @contextmanager
    def changed(self, mutant: Mutant) -> Iterator[str]:
        """The command of a program that has one mutant in it; its folder is gone afterwards."""
        self._number += 1
        self._changed = self._folder / f"changed-{os.getpid()}-{self._number}"
        shutil.copytree(self._web, self._changed)
        path = self._changed / mutant.module
        # The places are those of JavaScript, which counts UTF-16 units.
        units = path.read_text("utf-8").encode("utf-16-le")
        text = mutant.text.encode("utf-16-le")
        changed = units[: 2 * mutant.start] + text + units[2 * mutant.end :]
        path.write_text(changed.decode("utf-16-le"), "utf-8")
        try:
            yield self._command_in(self._changed)
        finally:
            shutil.rmtree(self._changed)

    def _to_front(self, seqs: Iterable[int]) -> None:
        for seq in list(seqs):
            self._order.remove(seq)
            self._order.insert(0, seq)

    @staticmethod
    def _command_in(folder: Path) -> str:
        return f"{NODE} {shlex.quote(str(folder / 'pithmerge.mjs'))}"


@contextmanager
def _started(command: str) -> Iterator[tuple[Child, dict[str, Any]]]:
    """A program, and its answer to hello.

    Raises:
        UnusableImplementation: it does not.
    """
    child = Child(command)
    try:
        _limit(child.pid, 10 * SECONDS)
        try:
            line = encode_line(hello_request())
            hello = check_hello(decode_line(child.ask(line, seconds=PATIENCE_SECONDS)))
        except (ChildCrashed, ProtocolError) as error:
            raise UnusableImplementation(str(error)) from None
        yield child, hello
    finally:
        child.close()


def _limit(pid: int, seconds: float) -> None:
    """A process ends after this much more of the processor."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_CPU)
    most = int(_seconds_used(pid) + seconds) + 1
    resource.prlimit(pid, resource.RLIMIT_CPU, (most, hard))


def _seconds_used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _unshrunk() -> Iterator[None]:
    with patch.object(hunt, "SHRINK_SECONDS", 0.0):
        yield
