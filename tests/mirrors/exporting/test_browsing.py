"""The pages of a site, in a real browser: they open, search finds, nothing comes from elsewhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.mirrors.exporting.test_site import BUNDLE, BUNDLE_SUFFIX, FORK, STATE, given
from tests.mirrors.living.test_finding import HOSTILE, paper
from tests.support.browser import Opened
from tests.support.living import made, updated
from tests.support.sites import exported, site_served

EVIL = f"<img src=x onerror=document.title='owned'> \"'&<script>alert(1)</script> {HOSTILE}"
LONG = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 8
TITLE = "ProbMoE: Differentiable Probabilistic Routing for Mixture-of-Experts"


class Site(NamedTuple):
    address: str
    folder: Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    mirror = made(folder / "mirror")
    papers = [
        paper("2601.00001", EVIL),
        paper("2601.00002", LONG),
        paper("math.GT/0309136", "Naïve ﬁelds of Erdős"),
        paper("2601.00003", "The first of two versions", version=1),
        paper("2601.00003", "The second of two versions", version=2),
    ]
    updated(mirror, given(folder / "sources", *papers), BUNDLE, STATE, FORK)
    exported(mirror, folder / "site", name=f"Mirror {EVIL}", base_url="https://mirror.example")
    with site_served(folder / "site") as address:
        yield Site(address, folder / "site")


def visited(chromium: Any, address: str, *, width: int = 1100, scheme: str = "light") -> Opened:
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    found = Opened(context.new_page())
    found.page.on("console", lambda message: found.complaints.append(message.text))
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    found.page.on("request", lambda request: found.asked_for.append(request.url))
    found.page.goto(address)
    return found


def assert_quiet(visit: Opened, site: Site) -> None:
    assert visit.complaints == []
    assert [url for url in visit.asked_for if not url.startswith(f"{site.address}/")] == []
    assert visit.page.title() != "owned"


def suffixes(site: Site) -> list[str]:
    return sorted(path.name for path in (site.folder / "pith").iterdir())


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (360, "light"), (1100, "dark")])
def test_pages_fit_and_load_nothing_from_elsewhere(
    chromium: Any, site: Site, width: int, scheme: str
) -> None:
    for path in ("", *(f"pith/{suffix}/" for suffix in suffixes(site))):
        visit = visited(chromium, f"{site.address}/{path}", width=width, scheme=scheme)
        assert visit.page.locator("h1").inner_text()
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width, path
        ink, behind = (
            visit.page.evaluate(f"getComputedStyle(document.body).{name}")
            for name in ("color", "backgroundColor")
        )
        light, dark = "rgb(255, 255, 255)", "rgb(13, 17, 23)"
        assert behind == (dark if scheme == "dark" else light)
        assert ink != behind
        assert_quiet(visit, site)
        visit.page.context.close()


def test_every_link_of_a_site_to_itself_leads_somewhere(chromium: Any, site: Site) -> None:
    for path in ("", f"pith/{BUNDLE_SUFFIX}/"):
        visit = visited(chromium, f"{site.address}/{path}")
        links = visit.page.eval_on_selector_all("a", "links => links.map(link => link.href)")
        own = [link for link in links if link.startswith(site.address)]
        assert own
        for link in own:
            assert visit.page.request.get(link).ok, link
        assert set(links) - set(own) <= {"https://arxiv.org/abs/2606.01509v1"}


def found_by(page: Any, words: str) -> tuple[list[str], str]:
    """What a search answers: titles, and what is said."""
    page.fill("#query", words)
    page.press("#query", "Enter")
    page.wait_for_function(
        "() => { const said = document.getElementById('said').textContent; "
        "return said !== '' && !said.startsWith('Looking'); }"
    )
    return page.locator("#answer a").all_inner_texts(), page.locator("#said").inner_text()


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("2606.01509", [TITLE]),
        ("arXiv:2606.01509v1", [TITLE]),
        ("https://arxiv.org/abs/2606.01509v1", [TITLE]),
        ("10.48550/arXiv.2606.01509", [TITLE]),
        ("https://doi.org/10.48550/arXiv.2606.01509", [TITLE]),
        (f"pith:2026:{BUNDLE_SUFFIX}", [TITLE]),
        ("pith:X5HLR35A", [TITLE]),
        ("pith:X5H", [TITLE]),
        (BUNDLE_SUFFIX[:12], [TITLE]),
        (f"https://pith.science/pith/{BUNDLE_SUFFIX}/bundle.json", [TITLE]),
        ("probabilistic ROUTING", [TITLE]),
        ("math/0309136", ["Naïve ﬁelds of Erdős"]),
        ("math.GT/0309136", ["Naïve ﬁelds of Erdős"]),
        ("naive fields erdos", ["Naïve ﬁelds of Erdős"]),
        ("2601.00003v2", ["The second of two versions"]),
        ("two versions", ["The first of two versions", "The second of two versions"]),
        ("mixture unheard-of", []),
        ("2606.01510", []),
        ("10.1000/182", []),
        ("constructor", []),
        ("__proto__", []),
        ("…", []),
    ],
)
def test_search_finds(chromium: Any, site: Site, words: str, titles: list[str]) -> None:
    visit = visited(chromium, f"{site.address}/")
    found, said = found_by(visit.page, words)
    assert sorted(found) == titles
    assert ("No such paper" in said) is not bool(titles)
    assert_quiet(visit, site)
    visit.page.context.close()


def test_a_search_has_an_address_and_goes_back(chromium: Any, site: Site) -> None:
    visit = visited(chromium, f"{site.address}/?q=X5HLR35ABEVR")
    page = visit.page
    page.wait_for_selector("#answer a")
    assert page.input_value("#query") == "X5HLR35ABEVR"
    found_by(page, "two versions")
    assert page.url.endswith("?q=two%20versions")
    assert page.locator("#lists").is_hidden()
    page.go_back()
    page.wait_for_function("() => document.querySelectorAll('#answer a').length === 1")
    page.locator("#answer a").first.click()
    assert page.locator("h1").inner_text() == TITLE
    assert_quiet(visit, site)


def test_a_version_that_is_not_there_leads_to_those_that_are(chromium: Any, site: Site) -> None:
    visit = visited(chromium, f"{site.address}/")
    found, said = found_by(visit.page, "2601.00003v7")
    assert len(found) == 2
    assert "This version is not in this mirror" in said


def test_all_of_it_is_reached_by_the_keyboard(chromium: Any, site: Site) -> None:
    page = visited(chromium, f"{site.address}/").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "query"
    page.keyboard.type("probmoe")
    page.keyboard.press("Enter")
    page.wait_for_selector("#answer a")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == TITLE
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/pith/{BUNDLE_SUFFIX}/")


def test_a_hostile_title_is_text_in_answers_too(chromium: Any, site: Site) -> None:
    visit = visited(chromium, f"{site.address}/")
    found, _ = found_by(visit.page, "2601.00001")
    assert found[0].startswith("<img src=x onerror")
    assert visit.page.locator("#answer img").count() == 0
    assert_quiet(visit, site)


def test_what_the_index_cannot_answer_is_said(chromium: Any, site: Site) -> None:
    visit = visited(chromium, f"{site.address}/")
    visit.page.route("**/index/**", lambda route: route.abort())
    assert "The index cannot be read" in found_by(visit.page, "probmoe")[1]
    visit.page.unroute("**/index/**")
    assert found_by(visit.page, "probmoe")[0] == [TITLE]


def test_a_page_that_is_opened_as_a_file_says_what_to_do(chromium: Any, site: Site) -> None:
    page = visited(chromium, (site.folder / "index.html").as_uri()).page
    assert "serve this folder" in found_by(page, "probmoe")[1]
