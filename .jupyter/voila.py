"""How `make app` runs Voila: the Explorer's notebook as a page, nothing asked of the internet."""

import os
import sys

c = get_config()

c.VoilaConfiguration.template = "spexlab"
# Voila would load every extension of JupyterLab that it finds; Notebook's, made for a newer JupyterLab, fails in Voila's page.
c.VoilaConfiguration.extension_allowlist = [
    "@voila-dashboards/widgets-manager8",
    "@jupyter-widgets/jupyterlab-manager",
    "jupyter-leaflet",
    "anywidget",
]
# A page that can be reached can be used, so reaching it takes the token in the printed address.
c.Voila.auto_token = True
# Without a desktop Python may find a text browser, which would take over the terminal.
c.Voila.open_browser = sys.platform in {"darwin", "win32"} or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
