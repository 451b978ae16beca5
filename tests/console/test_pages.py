"""What a browser is given: one static bundle, nothing from third parties, and a policy that would stop it."""

import re

import console.pages
from console.pages import CONTENT_POLICY, bundle


def test_the_bundle_is_whole_and_typed() -> None:
    pages = bundle().pages
    assert {"index.html", "console.css", "console.js"} <= set(pages)
    assert pages["index.html"].media_type == "text/html; charset=utf-8"
    assert all(page.body for page in pages.values())


def test_every_file_that_a_page_names_is_in_the_bundle() -> None:
    pages = bundle().pages
    named = set(re.findall(rb'(?:src|href)="/console/([\w.]+)"', pages["index.html"].body))
    assert {name.decode() for name in named} == set(pages) - {"index.html"}


def test_nothing_is_loaded_from_elsewhere() -> None:
    for page in bundle().pages.values():
        links = re.findall(rb'(?:src|href|url\()\s*=?\s*"?((?:https?:)?//[^"\')\s]+)', page.body)
        assert links == [], page.name


def test_no_script_and_no_style_stands_in_the_page_itself() -> None:
    """The policy allows none, so that an injected one would not run either."""
    page = bundle().pages["index.html"].body
    assert not re.search(rb"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page)
    assert "unsafe" not in CONTENT_POLICY
    assert CONTENT_POLICY.startswith("default-src 'none'")


def test_no_text_from_the_log_can_become_markup() -> None:
    script = bundle().pages["console.js"].body
    assert not re.search(rb"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)


def test_the_digest_names_these_bytes() -> None:
    first = bundle()
    assert first.digest == bundle().digest
    assert re.fullmatch(r"[0-9a-f]{64}", first.digest)


def test_every_type_in_the_bundle_is_one_that_is_known() -> None:
    assert {name.rsplit(".", 1)[1] for name in bundle().pages} <= set(console.pages.MEDIA_TYPES)
