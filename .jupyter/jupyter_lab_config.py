"""How `make explore` runs JupyterLab: one notebook open, nothing asked, one address printed."""

import os
import sys

c = get_config()

c.LabApp.default_url = "/lab/tree/notebooks/01_explore.ipynb"
# No "would you like to get notified?" (the other half is labconfig/) and no look-up of newer versions.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
# A container runs as root.
c.ServerApp.allow_root = True
# Without a desktop Python may find a text browser, which would take over the terminal.
c.ServerApp.open_browser = sys.platform in {"darwin", "win32"} or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
# Below warnings there is nothing but the start-up log, in which the address would drown.
c.Application.log_level = "WARN"
# Control-C ends it at once.
c.JupyterApp.answer_yes = True
