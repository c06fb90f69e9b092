"""Where redirects may lead."""

import httpx2
import pytest

from pithmerge.mirrors.pulling.addresses import is_local, redirected
from pithmerge.mirrors.pulling.problems import RefusedError

HERE = httpx2.URL("https://a.example/pith/X/bundle.json")


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("state.json", "https://a.example/pith/X/state.json"),
        ("/b?c", "https://a.example/b?c"),
        ("https:///b", "https://a.example/b"),
        ("//b.example/c", "https://b.example/c"),
        ("https://b.example:8443/", "https://b.example:8443/"),
        ("HTTPS://b.example/", "https://b.example/"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
    ],
)
def test_followed(location: str, target: str) -> None:
    assert str(redirected(HERE, location)) == target


@pytest.mark.parametrize(
    ("location", "said"),
    [
        (None, "to nowhere"),
        ("", "to nowhere"),
        ("http://a.example/pith/X/bundle.json", "from https to http"),
        ("HTTP://a.example/", "from https to http"),
        ("file:///etc/passwd", 'scheme "file"'),
        ("ftp://a.example/", 'scheme "ftp"'),
        ("ws://a.example/", 'scheme "ws"'),
        ("javascript:1", 'scheme "javascript"'),
        ("https://me:secret@b.example/", "with a password"),
        ("https://me@b.example/", "with a password"),
        ("https://[::1", "no address"),
        ("https://b.example:99999/", "no address"),
        ("https://localhost/", "into this machine"),
        ("https://LOCALHOST./", "into this machine"),
        ("https://a.localhost/", "into this machine"),
        ("https://127.0.0.1/", "into this machine"),
        ("https://127.1/", "into this machine"),
        ("https://2130706433/", "into this machine"),
        ("https://0x7f.0.0.1/", "into this machine"),
        ("https://0.0.0.0/", "into this machine"),
        ("https://10.0.0.1/", "into this machine"),
        ("https://192.168.1.1/", "into this machine"),
        ("https://169.254.169.254/latest/meta-data", "into this machine"),
        ("https://[::1]/", "into this machine"),
        ("https://[::ffff:127.0.0.1]/", "into this machine"),
        ("https://[fe80::1]/", "into this machine"),
        ("https://[fd00::1]/", "into this machine"),
    ],
)
def test_not_followed(location: str | None, said: str) -> None:
    with pytest.raises(RefusedError) as raised:
        redirected(HERE, location)
    assert said in str(raised.value)
    assert "secret" not in str(raised.value)


def test_who_is_in_a_network_stays_in_it() -> None:
    here = httpx2.URL("http://10.0.0.1/a")
    assert str(redirected(here, "http://10.0.0.2/b")) == "http://10.0.0.2/b"
    assert str(redirected(here, "https://b.example/")) == "https://b.example/"


@pytest.mark.parametrize("host", ["a.example", "8.8.8.8", "2606:4700::1111", "localhost.example"])
def test_the_world(host: str) -> None:
    assert not is_local(host)
