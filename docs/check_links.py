"""Check that links within the built site lead somewhere: ``python docs/check_links.py FOLDER``.

Sphinx's ``linkcheck`` looks at addresses of other sites, and needs the internet. Sphinx itself
warns of unknown pages, but not of headings that are gone.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """Links and anchors of a page.

    Parameters
    ----------
    file : Path
        In HTML.

    Attributes
    ----------
    links : set of str
        As they stand in ``href`` and ``src``.
    anchors : set of str
        What a link may name after "#".
    """

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember what an element links to and what it is called."""
        of_tag = dict(attrs)
        self.links |= {link for name in ("href", "src") if (link := of_tag.get(name))}
        self.anchors |= {anchor for name in ("id", "name") if (anchor := of_tag.get(name))}


def broken_links(folder: Path) -> list[str]:
    """Find the links of a site that lead nowhere.

    Parameters
    ----------
    folder : Path
        Of the built site.

    Returns
    -------
    list of str
        A line for each: page and link.
    """
    folder = folder.resolve()
    # Static files are the theme's; one of them is a template.
    files = [file for file in sorted(folder.rglob("*.html")) if "_static" not in file.parts]
    pages = {file: Page(file) for file in files}
    broken = []
    for file, page in pages.items():
        for link in sorted(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            target = target / "index.html" if target.is_dir() else target
            anchor = unquote(parts.fragment)
            anchors = pages[target].anchors if target in pages else {anchor}
            if not target.exists() or (anchor and anchor not in anchors):
                broken.append(f"{file.relative_to(folder)}: {link}")
    return broken


if __name__ == "__main__":
    found = broken_links(Path(sys.argv[1]))
    sys.exit("\n".join(["links that lead nowhere:", *found]) if found else 0)
