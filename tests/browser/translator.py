"""A browser's translator: what it does to a page that React believes to be its own."""

from playwright.sync_api import Page

# What Chrome's translator does: each text node is replaced by two <font> elements around another text, as it appears.
TRANSLATOR = """
    const wrap = (text) => {
        if (!text.isConnected || text.parentElement.closest('font, script, style, noscript, title')) return;
        const fonts = [document.createElement('font'), document.createElement('font')];
        fonts[0].append(fonts[1]);
        fonts[1].append(text.data);
        text.replaceWith(fonts[0]);
    };
    const texts = (node) => {
        const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
        const found = [];
        while (walker.nextNode()) found.push(walker.currentNode);
        if (node.nodeType === Node.TEXT_NODE) found.push(node);
        found.forEach(wrap);
    };
    new MutationObserver((changes) => {
        for (const change of changes) {
            for (const node of change.addedNodes) texts(node);
            if (change.type === 'characterData') texts(change.target);
        }
    }).observe(document, { childList: true, characterData: true, subtree: true });
"""


def translate(page: Page) -> None:
    """Let a translator work on every page opened from here on."""
    page.add_init_script(TRANSLATOR)


def untranslated(page: Page) -> list[str]:
    """Return the texts that the translator missed: with none, a test tries what it says."""
    texts: list[str] = page.evaluate(
        """() => {
            const walker = document.createTreeWalker(document.getElementById('root'), NodeFilter.SHOW_TEXT);
            const found = [];
            while (walker.nextNode()) found.push(walker.currentNode);
            return found.filter((text) => !text.parentElement.closest('font')).map((text) => text.data);
        }"""
    )
    assert page.locator("#root font").count() > 5
    return texts
