"""Keep the answer, accepted or corrected, as a sample that training reads."""

from typing import TYPE_CHECKING

import ipywidgets as W

from widgets.parts.folder import file_at
from widgets.parts.news import News
from widgets.parts.style import button, note, styled
from widgets.parts.trouble import told

if TYPE_CHECKING:
    from spexlab.extraction import Extraction

_HINT = (
    "What lies in no mask counts as none of the targets. Teach below, or fine-tune on the folder: spexlab finetune --data FOLDER; "
    "notebook 5, “Correct and teach”, shows it."
)


class KeepingPanel(W.VBox):
    """Writes the masks that are shown, as labels, into a folder of labelled scenes."""

    def __init__(self) -> None:
        self.folder = styled(
            W.Text(description="Samples", value="training-samples", tooltip="A folder of labelled scenes", continuous_update=False),
            "spx-field",
        )
        self.keep = button("Keep as a training sample", "spx-export", tip="Add scene and masks to the folder", disabled=True)
        self.message = News("spx-keep-status")
        super().__init__([self.folder, styled(W.HBox([self.keep]), "spx-chips"), self.message, note(_HINT)])
        styled(self, "spx-group")
        self._extraction: Extraction | None = None
        self.keep.on_click(lambda _: self._keep())

    def show(self, extraction: "Extraction | None") -> None:
        """Offer to keep a result; None while there is none."""
        self._extraction, self.keep.disabled = extraction, extraction is None
        self.message.say("info", "")

    def _keep(self) -> None:
        with told(self.message.say):
            if self._extraction is None:
                raise ValueError("there is nothing to keep yet; run an instruction first.")
            if not self.folder.value.strip():
                raise ValueError("samples need a folder, but the field is empty; type one.")
            folder = self._extraction.to_labels(file_at(self.folder.value.strip()))
            self.message.say("done", f"Kept in {folder.resolve()}: scene and masks of {', '.join(self._extraction.targets)}.")
