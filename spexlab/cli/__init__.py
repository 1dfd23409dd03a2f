"""The command line: `spexlab extract`, `spexlab understand`, `spexlab info`, ... , one file a command.

Results go to stdout, everything else to stderr. Exit 0; 2 on bad input, with one line that says what to do; 3 if the instruction
names nothing that can be extracted. Libraries that take seconds to load are imported by the command that needs them.
"""

from spexlab.cli import (
    batch,
    build_spie,
    convert,
    doctor,
    evaluate,
    extract,
    info,
    label,
    search,
    train,
    train_recipe,
    understand,
    workshop,
)
from spexlab.cli.app import app, main

app.command()(extract.extract)
app.command()(batch.batch)
app.command()(understand.understand)
app.command()(info.info)
app.command()(search.search)
app.command()(doctor.doctor)
app.command()(evaluate.evaluate)
app.command()(label.label)
app.command()(build_spie.build_spie)
app.command()(train.pretrain)
app.command()(train.finetune)
app.command()(train_recipe.train_recipe)
app.command()(convert.convert)
app.command()(workshop.workshop)

__all__ = ["app", "main"]
