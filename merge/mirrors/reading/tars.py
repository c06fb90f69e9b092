"""Tar archives, planned in slices and read slice by slice, in bounded memory.

A slice is an archive of its own that begins at its first header.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, Final

from pithmerge.mirrors.reading.forms import Wanted, is_plain_document
from pithmerge.mirrors.reading.members import MemberReader, Read, explained, read_member
from pithmerge.mirrors.reading.parts import (
    BYTES_PER_PART,
    DOCUMENTS_PER_PART,
    Broken,
    Item,
    Limits,
    TarLink,
    TarLinks,
    TarMembers,
)
from pithmerge.mirrors.reading.streams import item_of
from pithmerge.mirrors.reading.tar_headers import GAP, Content, Forward, Member, walk
from pithmerge.mirrors.reading.tar_links import HardLinks
from pithmerge.showing import shown

Opened = AbstractContextManager[BinaryIO]

_AT_ONCE: Final = 2**18
"""Bytes that are set aside for a document because its header claims that it has them."""
_ONCE: Final = "it is a hard link, and what is read once cannot be searched: give the file itself"


def tar_slices(
    file: BinaryIO, path: str, size: int, limits: Limits
) -> Iterator[TarMembers | TarLinks | Broken]:
    """The parts of an archive that is not compressed.

    Args:
        file: open for reading, at its beginning.
        path, size: its own; for the parts.
        limits: what is read of it.
    """
    wanted, links = Wanted(limits.exclude, limits.also), HardLinks()
    start = stop = count = weight = 0
    problem = None
    source = Forward(file, 0, size)
    try:
        for member in walk(source):
            if member.kind == GAP:
                if count:
                    yield TarMembers(path, start, stop, size, limits)
                    count = weight = 0
                yield Broken(shown(path), str(member.problem))
            elif wanted.member(member.name) and not member.is_folder:
                if member.is_hard_link:
                    links.add(member)
                    continue
                if count >= DOCUMENTS_PER_PART or weight >= BYTES_PER_PART:
                    yield TarMembers(path, start, stop, size, limits)
                    count = weight = 0
                if not count:
                    start = member.start
                stop = member.start + 1
                count += 1
                weight += member.size
    except Exception as error:  # the libraries raise many kinds
        problem = f"it is broken, or was cut short: {explained(error)}"
    if count:
        # What stands before the broken place is read all the same.
        yield TarMembers(path, start, stop, size, limits)
    if links:
        end = source.position
        file.seek(0)
        found = links.found(Forward(file, 0, size), end)
        for first in range(0, len(found), DOCUMENTS_PER_PART):
            some = found[first : first + DOCUMENTS_PER_PART]
            yield TarLinks(path, some, sum(link.size for link in some), size, limits)
    if problem is not None:
        yield Broken(shown(path), problem)


def read_tar(
    file: BinaryIO, path: str, limits: Limits, max_bytes: int, *, start: int, stop: int
) -> Iterator[Item]:
    """The documents of a slice of an archive.

    Args:
        file: where the slice begins.
        path: of the archive.
        limits: what is read of it.
        max_bytes: how long a document may be.
        start: where in the archive the slice begins.
        stop: one byte after where the last header of the slice begins.

    Raises:
        ArchiveError: it is broken here.
    """
    source, wanted = Forward(file, start), Wanted(limits.exclude, limits.also)
    for member in walk(source):
        if wanted.member(member.name) and not (member.is_folder or member.is_hard_link):
            name = f"{shown(path)}!{shown(member.name)}"
            yield from _read(source, member, name, limits, max_bytes)
        if member.start >= stop - 1:
            # What follows is of another slice, or broken: it is not for this one to say.
            return


def read_links(file: BinaryIO, part: TarLinks, max_bytes: int) -> Iterator[Item]:
    """The documents that hard links stand for.

    Raises:
        ArchiveError: the archive is broken where one leads to.
    """
    for link in part.links:
        name = f"{shown(part.path)}!{link.name}"
        if link.problem is not None:
            yield Item(name, None, link.problem)
            continue
        file.seek(link.start)
        source = Forward(file, link.start)
        yield from _read(source, next(walk(source)), name, part.limits, max_bytes)


def read_whole_tar(
    again: Callable[[], Opened] | None, file: BinaryIO, path: str, limits: Limits, max_bytes: int
) -> Iterator[Item]:
    """The documents of an archive that can only be read from its beginning, to its true end.

    Args:
        again: opens it once more, which hard links need; None if that cannot be.
        file: the archive.
        path, limits, max_bytes: see `read_tar`.

    Raises:
        ArchiveError: it is broken. So much of a compressed one can show in any error of its
            decompressor.
    """
    source, wanted, links = Forward(file), Wanted(limits.exclude, limits.also), HardLinks()
    for member in walk(source):
        if member.kind == GAP:
            yield Item(shown(path), None, member.problem)
        elif wanted.member(member.name) and not member.is_folder:
            name = f"{shown(path)}!{shown(member.name)}"
            if not member.is_hard_link:
                yield from _read(source, member, name, limits, max_bytes)
            elif again is None:
                yield Item(name, None, _ONCE)
            else:
                links.add(member)
    if again is None or not links:
        return
    with again() as plain:
        found = links.found(Forward(plain), source.position)
    at: dict[int, list[TarLink]] = {}
    for link in found:
        if link.problem is None:
            at.setdefault(link.start, []).append(link)
    with again() as plain:
        source = Forward(plain)
        for member in walk(source):
            for item in _read(source, member, "", limits, max_bytes) if member.start in at else ():
                for link in at[member.start]:
                    yield Item(f"{shown(path)}!{link.name}", item.data, item.problem)
    for link in found:
        if link.problem is not None:
            yield Item(f"{shown(path)}!{link.name}", None, link.problem)


def read_tar_once_by(
    reader: MemberReader[Read], file: BinaryIO, path: str, limits: Limits, max_bytes: int
) -> Iterator[Item | Read]:
    """What a reader reads of the members of a whole archive, and why others cannot be had. Where
    hard links lead to is not looked for.

    Raises:
        ArchiveError: see `read_whole_tar`.
    """
    source, wanted = Forward(file), Wanted(limits.exclude, limits.also)
    for member in walk(source):
        if member.kind == GAP:
            yield Item(shown(path), None, member.problem)
        elif wanted.member(member.name) and not member.is_folder:
            name = f"{shown(path)}!{shown(member.name)}"
            if member.is_hard_link:
                yield Item(name, None, _ONCE)
            else:
                yield from _read_by(reader, source, member, name, limits, max_bytes)


def _read(
    source: Forward, member: Member, name: str, limits: Limits, max_bytes: int
) -> Iterator[Item]:
    is_short = member.size <= min(_AT_ONCE, max_bytes)
    if is_short and member.problem is None and is_plain_document(member.name):
        return _read_at_once(source, member, name, max_bytes)
    return _read_by(read_member, source, member, name, limits, max_bytes)


def _read_at_once(source: Forward, member: Member, name: str, max_bytes: int) -> Iterator[Item]:
    """What `read_member` reads of a document that is neither long nor compressed, in one step."""
    try:
        data = source.read_exactly(member.size)
    except Exception as error:
        yield Item(name, None, f"it cannot be read: {explained(error)}")
        raise
    item = item_of(name, data, max_bytes)
    if item is not None:
        yield item


def _read_by(
    reader: MemberReader[Read],
    source: Forward,
    member: Member,
    name: str,
    limits: Limits,
    max_bytes: int,
) -> Iterator[Item | Read]:
    if member.problem is not None:
        yield Item(name, None, member.problem)
        return
    content = Content(source, member.size)
    try:
        yield from reader(name, member.name, content, limits, max_bytes)
    except Exception:
        # An item has said so. If it is the member alone that is broken, the next one is whole.
        if source.broken:
            raise
