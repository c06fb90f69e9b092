"""Make the distributions: ``python .ci/release.py OUT [PYTHON…]`` (``make release``).

From what is committed, not from what lies about; twice, in two folders, time zones and umasks,
which must come to the same bytes; checked by twine; and each installed by pip alone, without an
index, beside what is locked, by every Python that pyproject.toml names and this machine has, where
it verifies the bundle that it brings along. Which Pythons there are not is said. Nothing is
uploaded.

PYTHON… are looked at before those on the PATH.
"""

import gzip
import io
import os
import re
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import zipfile
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Make them."""
    out = Path(sys.argv[1])
    pythons = pythons_here(sys.argv[2:])
    moment = run("git", "log", "-1", "--format=%ct", cwd=ROOT).strip()
    with tempfile.TemporaryDirectory() as temporary:
        first = made(Path(temporary, "first"), moment, PYTHONHASHSEED="1", TZ="UTC")
        os.umask(0o077)
        second = made(Path(temporary, "second"), moment, PYTHONHASHSEED="2", TZ="Asia/Tokyo")
        os.umask(0o022)
        if first.keys() != second.keys() or len(first) != 2:
            sys.exit(f"the two builds made {sorted(first)} and {sorted(second)}")
        for name, data in first.items():
            if second[name] != data:
                sys.exit(f"{name} is not the same bytes when it is built twice")
        out.mkdir(parents=True, exist_ok=True)
        for name, data in first.items():
            (out / name).write_bytes(data)
        paths = [out / name for name in first]
        print(run(sys.executable, "-m", "twine", "check", "--strict", *paths, cwd=ROOT), end="")
        for version, python in pythons.items():
            if python is None:
                print(f"Python {version}: not tried: there is none on this machine")
                continue
            for path in paths:
                try_out(path, python, Path(temporary, f"{version}-{path.name}"))
            print(f"Python {version}: both installed by pip alone; they verify the bundle in them")


def made(folder: Path, moment: str, **environment: str) -> dict[str, bytes]:
    """The name and the bytes of each distribution of what is committed."""
    folder.mkdir()
    archive = subprocess.run(
        ["git", "archive", "--format=tar", "HEAD"], cwd=ROOT, check=True, stdout=subprocess.PIPE
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        opened.extractall(folder / "source", filter="data")
    words = ("-m", "build", "--no-isolation", "--outdir", folder / "out", folder / "source")
    run(sys.executable, *words, cwd=folder, SOURCE_DATE_EPOCH=moment, **environment)
    found = {path.name: path.read_bytes() for path in sorted((folder / "out").iterdir())}
    return {
        name: (plain_source if name.endswith(".tar.gz") else plain_wheel)(data, int(moment))
        for name, data in found.items()
    }


def plain_wheel(data: bytes, moment: int) -> bytes:
    """A wheel without what differs between two builders: its files' modes follow the umask."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.infolist():
            entry = zipfile.ZipInfo(member.filename, time.gmtime(moment)[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            new.writestr(entry, old.read(member))
    return written.getvalue()


def plain_source(data: bytes, moment: int) -> bytes:
    """A source distribution without what differs between two builds: times, owners, order, and the
    time in gzip's header. setuptools has no setting for them."""
    written = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(data)) as old,
        gzip.GzipFile(fileobj=written, mode="wb", filename="", mtime=moment) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old, key=lambda each: each.name):
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mtime = moment
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
    return written.getvalue()


def pythons_here(given: list[str]) -> dict[str, str | None]:
    """A Python of each version that pyproject.toml names; None where there is none."""
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    found: dict[str, str | None] = {
        name.rpartition(" ")[2]: None
        for name in metadata["classifiers"]
        if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", name)
    }
    code = "import sys; print('{}.{}'.format(*sys.version_info))"
    for python in given:
        found[run(python, "-c", code, cwd=ROOT).strip()] = python
    for python in (sys.executable, *(f"python{version}" for version in found)):
        with suppress(OSError):
            # What stands for one may be none, such as the shim of a manager of versions.
            said = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
            version = said.stdout.strip()
            if said.returncode == 0 and found.get(version, "") is None:
                found[version] = python
    return found


def try_out(distribution: Path, by: str, folder: Path) -> None:
    """Install it, and what it runs with, by pip alone; then use it."""
    run(by, "-m", "venv", folder, cwd=ROOT)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    quietly = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
    locked = ("--require-hashes", "--only-binary", ":all:", "-r", ROOT / "requirements/run.lock")
    run(python, *quietly, *locked, cwd=folder)
    run(python, *quietly, "--no-index", "--no-build-isolation", distribution.resolve(), cwd=folder)
    run(python, "-m", "pip", "check", "--disable-pip-version-check", cwd=folder)
    code = "from pithmerge.fixtures import published; print(published('{}').decode(), end='')"
    bundle = folder / "bundle.json"
    name = "bundle-X5HLR35ABEVRWIQTMZXKSPXDDP.json"
    bundle.write_text(run(python, "-I", "-c", code.format(name), cwd=folder), "utf-8")
    run(python, "-I", "-m", "pithmerge", "verify", bundle, cwd=folder)


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """What a command prints; where it fails, all that it said, and the end."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
