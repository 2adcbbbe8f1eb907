from fixtures_browser import browser, pages

__all__ = ["browser", "pages"]
