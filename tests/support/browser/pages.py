"""The page that the browser tests share."""

from playwright.sync_api import BrowserContext, Page, ViewportSize

VIEWPORT: ViewportSize = {"width": 1280, "height": 900}


class Pages:
    """The page of all tests: JupyterLab takes longer to start than most of what is tested in it."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._page: Page | None = None

    def lend(self) -> Page:
        """The page as a new one would be, but for the notebook that it shows."""
        if self._page is None:
            self._page = self._context.new_page()
            self._page.set_default_timeout(45_000)
            self._page.on("dialog", lambda dialog: dialog.accept())  # a notebook that is left asks whether to
        self._page.unroute_all()
        self._page.set_viewport_size(VIEWPORT)
        return self._page

    def drop(self) -> None:
        """Let the next test have another."""
        if self._page is not None:
            self._page.close()
            self._page = None
