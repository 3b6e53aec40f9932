"""Train short, test long: nets that have succeeded are tested on further tasks, such as their own at longer lags."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, InstanceOf

from lstm_jax.configuration import build, configuration, named
from lstm_jax.errors import InputError
from lstm_jax.tasks import TASKS, FiniteTask, Task
from lstm_jax.trials.own_parts import check_task
from lstm_jax.trials.parts import check_fit


@configuration
class Transfer:
    """What else a net is tested on when it has succeeded, with the weights it has then."""

    tasks: tuple[InstanceOf[Task], ...]
    """Tasks with the inputs and outputs of the one that is learned."""
    sequences: Annotated[int, Field(ge=1, le=100_000)] = 256
    """Number of fresh sequences of each."""

    def __post_init__(self) -> None:
        if not self.tasks:
            raise InputError("tasks is []: it should have at least one.")


def read_transfer(node: Any, learned: Task, network: Any) -> Transfer | None:
    """Check the node `transfer`: `tasks`, a list of nodes such as `task`, and `sequences`.

    Args:
        node: plain values; None for no further tasks.
        learned: the task that is learned.
        network: which learns it.

    Raises:
        InputError: a field is unknown or not allowed, or a task does not go with the net.
    """
    if node is None:
        return None
    if not isinstance(node, Mapping) or not isinstance(node.get("tasks"), list):
        raise InputError(f"transfer is {node!r}: it needs tasks, a list of tasks with their settings.")
    tasks = [_read_task(each, f"transfer.tasks[{i}]", learned, network) for i, each in enumerate(node["tasks"])]
    rest = {name: value for name, value in node.items() if name != "tasks"}
    return build(Transfer, rest, "transfer", tasks=tuple(tasks))


def _read_task(node: Any, path: str, learned: Task, network: Any) -> Task:
    task = named(TASKS, node, path)
    if node["name"] not in TASKS:
        check_task(node["name"], task)
    if isinstance(task, FiniteTask):
        raise InputError(f"{path} is {node['name']!r}: it should be a task that draws fresh sequences.")
    if (task.inputs, task.outputs) != (learned.inputs, learned.outputs):
        raise InputError(
            f"{path} is {node['name']!r}, which has {task.inputs} inputs and {task.outputs} outputs: it should have "
            f"the {learned.inputs} and {learned.outputs} of task."
        )
    check_fit(task, network)
    return task
