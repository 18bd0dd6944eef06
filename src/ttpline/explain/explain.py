"""``explain``: one command taken apart, its answer with reasons, and tried again without its parts."""

from ttpline.commands.dialect import guess_dialect
from ttpline.commands.normalise import model_text
from ttpline.commands.understand import Understander, built_in
from ttpline.explain.case import Case, Explainable
from ttpline.explain.describe import describe, every_fact
from ttpline.explain.explanation import CommandExplanation
from ttpline.explain.notes import notes
from ttpline.explain.reasons import Reasons
from ttpline.explain.tries import tries


def explain(
    command_line: str, model: Explainable, *, top_k: int = 3, understander: Understander | None = None
) -> CommandExplanation:
    """What ``command_line`` means, and why ``model`` answers it as it does.

    Explained are the ``top_k`` techniques and Normal, in the labels and the ATT&CK version the model was trained on.
    The meaning is that of ``understander``, by default of the packaged knowledge. Nothing of the command is run,
    expanded or fetched; the number of predictions is bounded, whatever the command.
    """
    understander = understander or built_in()
    found = understander.understand(model_text(command_line))
    meaning = describe(found, understander)
    case = Case(command_line, model, top_k, found.parsed)
    reasons = Reasons(every_fact(found), model.attack_version)
    explanations = tuple(case.explanation(label, reasons) for label in case.labels)
    said = notes(case.command, found, meaning, case.prediction, explanations)
    left_out = case.words_left_out
    if left_out:
        tried = len(case.words)
        said += (f"Only the first {tried:,} words were left out in turn, not the {left_out:,} after them.",)
    return CommandExplanation(
        case.command,
        guess_dialect(case.command.text).value,
        case.prediction,
        explanations,
        tries(case.command, case.parsed, case.prediction, explanations, model, top_k),
        case.runner_up(reasons),
        meaning,
        said,
    )
