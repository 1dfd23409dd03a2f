"""Map apps for notebooks: widget state and calls into `spexlab`, nothing more. `spexlab.Explorer` and its sisters hand them out."""
