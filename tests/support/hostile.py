"""An implementation that misbehaves by name: ``python hostile.py WHEN FAULT [ARGUMENT…]``.

WHEN is ``start`` (before it reads anything), ``hello``, ``run`` (on a request whose ``json_b64``
begins with ``bad``) or ``bye``. At every other moment it behaves. It imports nothing of pithmerge,
and all that it starts carries its arguments, so that a test can find what is left of it.
"""

# Without pathlib, which would double the time that a start takes.
# ruff: noqa: PTH108, PTH110

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator

WHEN, FAULT, *ARGUMENTS = sys.argv[1:]
FAULTS: dict[str, Callable[[bytes], None]] = {}
MEGABYTE = b"x" * 2**20


def read_requests() -> Iterator[dict[str, object]]:
    for line in sys.stdin.buffer:
        yield json.loads(line)


def write(data: bytes, fd: int = 1) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def right_answer(request: dict[str, object]) -> bytes:
    if request["cmd"] == "hello":
        implementation = {"name": "hostile", "version": str(os.getpid())}
        answer = {"protocol": 1, "implementation": implementation, "ops": ["canonicalize"]}
    else:
        result = {"canonical_b64": request.get("json_b64"), "sha256": "0" * 64}
        answer = {"seq": request.get("seq"), "result": result}
    return json.dumps(answer).encode() + b"\n"


def touch(path: str) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY))


def sleep() -> None:
    while True:
        time.sleep(60)


def fault(play: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Register a fault by its name. It is given the right answer to the request."""
    FAULTS[play.__name__] = play
    return play


def play_next(answer: bytes) -> None:
    """Play the fault that the next argument names."""
    FAULTS[ARGUMENTS.pop(0)](answer)


@fault
def silent(_answer: bytes) -> None:
    sleep()


@fault
def answers(answer: bytes) -> None:
    write(answer)


@fault
def says(_answer: bytes) -> None:
    """A line of the test's choice, in hexadecimal."""
    write(bytes.fromhex(ARGUMENTS[0]) + b"\n")


@fault
def half_a_line(answer: bytes) -> None:
    write(answer[:9])
    sleep()


@fault
def half_a_line_and_death(answer: bytes) -> None:
    write(answer[:9])
    os._exit(1)


@fault
def no_newline(answer: bytes) -> None:
    write(answer[:-1])
    sleep()


@fault
def drip(answer: bytes) -> None:
    for byte in answer * 1000:
        if byte != ord("\n"):
            write(bytes([byte]))
            time.sleep(0.01)


@fault
def endless_line(_answer: bytes) -> None:
    while True:
        write(MEGABYTE)


@fault
def endless_lines(answer: bytes) -> None:
    while True:
        write((answer or b"\n") * 100)


@fault
def two_lines(answer: bytes) -> None:
    write(answer + answer)


@fault
def late_second_line(answer: bytes) -> None:
    """A second line when the file of the first argument is there; then it makes the second."""
    write(answer)
    while not os.path.exists(ARGUMENTS[0]):
        time.sleep(0.01)
    write(answer)
    touch(ARGUMENTS[1])


@fault
def line_of(answer: bytes) -> None:
    """An answer of so many bytes, its newline not counted."""
    length = int(ARGUMENTS[0])
    head = b'{"seq":%d,"unsupported":"' % json.loads(answer)["seq"]
    write(head + b"x" * (length - len(head) - 2) + b'"}\n')


@fault
def exits(_answer: bytes) -> None:
    os._exit(int(ARGUMENTS[0]))


@fault
def answers_then(answer: bytes) -> None:
    write(answer)
    play_next(answer)


@fault
def killed(_answer: bytes) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@fault
def few_last_words(_answer: bytes) -> None:
    write(b"few last words\n", 2)
    os._exit(1)


@fault
def last_words(_answer: bytes) -> None:
    """A traceback longer than a pipe, then death."""
    write(MEGABYTE + b"\nlast words\n", 2)
    os._exit(1)


@fault
def stderr_without_end(_answer: bytes) -> None:
    while True:
        write(MEGABYTE, 2)


@fault
def stderr_and_silence(_answer: bytes) -> None:
    """So many MiB, then nothing."""
    for _ in range(int(ARGUMENTS[0])):
        write(MEGABYTE, 2)
    write(b"\nlast words\n", 2)
    sleep()


@fault
def talkative(answer: bytes) -> None:
    """More on stderr than a pipe holds, then the right answer."""
    write(MEGABYTE + b"\xff\nthen it answers\n", 2)
    write(answer)


@fault
def reads_on(_answer: bytes) -> None:
    """It ends at the end of its input, whatever that says."""
    sys.stdin.buffer.read()
    os._exit(5)


@fault
def closes_stdout(_answer: bytes) -> None:
    os.close(1)
    sleep()


@fault
def closes_stdin(_answer: bytes) -> None:
    os.close(0)
    sleep()


@fault
def closes_stdin_and_answers(answer: bytes) -> None:
    os.close(0)
    write(answer)
    sleep()


@fault
def closes_everything(_answer: bytes) -> None:
    os.closerange(0, 3)
    sleep()


@fault
def ignores_signals(_answer: bytes) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    sleep()


@fault
def stops_itself(_answer: bytes) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


@fault
def interrupts_the_kit(_answer: bytes) -> None:
    os.kill(os.getppid(), signal.SIGINT)
    sleep()


@fault
def forks(answer: bytes) -> None:
    """Children that hold the pipes; then what the argument says."""
    for _ in range(5):
        if os.fork() == 0:
            sleep()
    play_next(answer)


@fault
def forks_another_group(answer: bytes) -> None:
    """A child in a group of its own that has cleared its environment."""
    executed, done = os.pipe()
    if os.fork() == 0:
        os.setpgid(0, 0)
        exec_sleeper({})
    os.close(done)
    os.read(executed, 1)
    play_next(answer)


@fault
def daemon(answer: bytes) -> None:
    """A grandchild in a session of its own whose parent is gone; it holds the pipes."""
    daemonise(keep_pipes=True)
    play_next(answer)


@fault
def daemon_without_pipes(answer: bytes) -> None:
    daemonise(keep_pipes=False)
    play_next(answer)


def daemonise(*, keep_pipes: bool) -> None:
    intermediate = os.fork()
    if intermediate == 0:
        os.setsid()
        if os.fork() == 0:
            if not keep_pipes:
                os.closerange(0, 3)
            exec_sleeper(dict(os.environ))
        os._exit(0)
    os.waitpid(intermediate, 0)


@fault
def session_without_environment(answer: bytes) -> None:
    """A child in a session of its own that has cleared its environment, and a child of that."""
    executed, done = os.pipe()
    if os.fork() == 0:
        os.setsid()
        os.fork()
        exec_sleeper({})
    os.close(done)
    os.read(executed, 1)
    play_next(answer)


def exec_sleeper(environment: dict[str, str]) -> None:
    """Become a new program that sleeps, with this one's arguments."""
    program = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"]
    os.execve(program[0], [*program, *sys.argv[1:]], environment)


@fault
def only_first(answer: bytes) -> None:
    """Answer when the file of the first argument is not there yet; then play the next fault."""
    seen = ARGUMENTS.pop(0)
    if os.path.exists(seen):
        play_next(answer)
    else:
        touch(seen)
        write(answer)


@fault
def every_other(answer: bytes) -> None:
    """Answer, play the next fault, answer, … from start to start."""
    seen = ARGUMENTS.pop(0)
    if os.path.exists(seen):
        os.unlink(seen)
        play_next(answer)
    else:
        touch(seen)
        write(answer)


@fault
def touches(answer: bytes) -> None:
    touch(ARGUMENTS[0])
    write(answer)


@fault
def tells(answer: bytes) -> None:
    """The values of environment variables."""
    told = " ".join(os.environ.get(name, "?") for name in ARGUMENTS[:3])
    write(json.dumps({"seq": json.loads(answer)["seq"], "unsupported": told}).encode() + b"\n")


@fault
def writes_a_lot(_answer: bytes) -> None:
    for _ in range(4):
        write(MEGABYTE)
        write(MEGABYTE, 2)


@fault
def costly_line(answer: bytes) -> None:
    seq = json.loads(answer)["seq"]
    head = b'{"seq":%d,"unsupported":"","pad":[%d' % (seq, 2**70)
    write(head + b",1" * (7 * 2**20) + b"]}\n")


def main() -> int:
    misbehave = FAULTS[FAULT]
    if WHEN == "start":
        misbehave(b"")
    for request in read_requests():
        bad = request["cmd"] != "run" or str(request["json_b64"]).startswith("bad")
        answer = right_answer(request) if request["cmd"] != "bye" else b""
        if bad and request["cmd"] == WHEN:
            misbehave(answer)
        else:
            write(answer)
        if request["cmd"] == "bye":
            break
    return 0


if __name__ == "__main__":
    sys.exit(main())
