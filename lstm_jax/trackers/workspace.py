"""A view of the tracked runs in W&B: curves with bands, what was solved under which setting, the paper beside ours."""

import importlib
from typing import Any

from lstm_jax.errors import InputError
from lstm_jax.trackers.measures import QUANTILES


def workspace(entity: str, project: str, name: str, setting: str) -> Any:
    """Build the view; its `save()` needs a login, building does not.

    Args:
        entity: user or team.
        project: whose runs it shows.
        name: of the view.
        setting: field of the configuration that success is drawn against.

    Raises:
        InputError: wandb-workspaces is not installed.
    """
    try:
        views, parts = (importlib.import_module(f"wandb_workspaces.{part}") for part in ("workspaces", "reports.v2"))
    except ImportError:
        raise InputError(
            "A workspace needs wandb-workspaces, which pip install 'lstm-jax[workspace]' brings."
        ) from None

    def band(measure: str, **more: Any) -> Any:
        lines = [f"{measure}/{label}" for label in ("mean", *QUANTILES)]
        return parts.LinePlot(title=f"{measure}, trials that run", x="presentations", y=lines, **more)

    def against(figure: str) -> Any:
        return parts.ScatterPlot(
            title=f"{figure} against {setting}", x=parts.Config(setting), y=parts.SummaryMetric(figure)
        )

    beside_paper = parts.CustomChart(
        query={"summaryTable": {"tableKey": "curves_table"}},
        chart_name="wandb/lineseries/v0",
        chart_fields={"step": "step", "lineKey": "lineKey", "lineVal": "lineVal"},
        chart_strings={"title": "error and the paper's mean", "xname": "presentations"},
    )
    needed = parts.BarPlot(
        title="presentations, beside the paper's",
        metrics=["mean", "median", "paper/presentations"],
    )
    solved = parts.LinePlot(title="trials solved", x="presentations", y=["solved"])
    sections = {
        "Curves": [band("error", log_y=True), band("wrong_rate"), solved, beside_paper],
        "Beside the paper": [needed, against("solved_rate"), against("objective")],
    }
    return views.Workspace(
        entity=entity,
        project=project,
        name=name,
        sections=[views.Section(name=title, panels=panels, is_open=True) for title, panels in sections.items()],
    )
