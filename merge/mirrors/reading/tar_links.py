"""Hard links in tar archives: other names for members that stand before them.

Their targets are found by a second way through the headers, which keeps what the links need and
nothing of the other members.
"""

from typing import Final

from pithmerge.mirrors.reading.parts import TarLink
from pithmerge.mirrors.reading.tar_headers import Forward, Member, walk
from pithmerge.showing import shown

_MOST_LINKS: Final = 100_000
_LONGEST_NAMES: Final = 32 * 2**20
"""Characters of all their names and targets."""
_MOST_COPIES: Final = 16
_FREE_BYTES: Final = 64 * 2**20
"""The documents behind links may have so many times the bytes of the archive, beside these."""

_TOO_MANY: Final = (
    "the archive has more hard links than are followed: unpack it, and name the folder"
)
_NO_TARGET: Final = "it is a hard link, and what it leads to is no file before it in the archive"


class HardLinks:
    """The hard links of an archive."""

    def __init__(self) -> None:
        self._links: list[Member] = []
        self._length = 0
        self._too_many: Member | None = None

    def __bool__(self) -> bool:
        return bool(self._links)

    def add(self, link: Member) -> None:
        """One more."""
        self._length += len(link.name) + len(link.target)
        if len(self._links) >= _MOST_LINKS or self._length > _LONGEST_NAMES:
            self._too_many = self._too_many or link
        else:
            self._links.append(link)

    def found(self, source: Forward, end: int) -> tuple[TarLink, ...]:
        """The links with the members that they lead to, in order of these.

        Args:
            source: the archive, from its beginning.
            end: where its headers were read to.

        Raises:
            Exception: the archive cannot be read a second time.
        """
        wanted = {_plain(link.target) for link in self._links}
        before: dict[str, Member] = {}
        found: list[TarLink] = []
        allowed = end * _MOST_COPIES + _FREE_BYTES
        links = iter(self._links)
        link = next(links)
        for member in walk(source):
            name = _plain(member.name)
            target: Member | None = member
            if member.is_hard_link:
                target = before.get(_plain(member.target))
            if member.start == link.start:
                allowed -= target.size if target is not None else 0
                found.append(_link(link, target, allowed))
                following = next(links, None)
                if following is None:
                    break
                link = following
            if name in wanted:
                if target is not None and target.problem is None:
                    before[name] = target
                else:
                    before.pop(name, None)
        found.sort(key=lambda each: (each.problem is not None, each.start))
        if self._too_many is not None:
            found.append(TarLink(shown(self._too_many.name), -1, 0, _TOO_MANY))
        return tuple(found)


def _link(link: Member, target: Member | None, allowed: int) -> TarLink:
    if target is None or target.problem is not None:
        return TarLink(shown(link.name), -1, 0, _NO_TARGET)
    if allowed < 0:
        return TarLink(shown(link.name), -1, 0, _TOO_MANY)
    return TarLink(shown(link.name), target.start, target.size)


def _plain(path: str) -> str:
    return path.removeprefix("./")
